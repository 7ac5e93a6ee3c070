//! What holds for skills and sets of them.

use crate::SkillSet;

#[test]
fn the_built_in_skills_are_sound() {
    let skills = SkillSet::builtin().unwrap_or_else(|errors| panic!("{errors}"));
    assert!(skills.get("base").is_some());
    let image_pull = skills.get("image_pull").unwrap();
    assert_eq!(image_pull.family, "image_pull");
    assert!(image_pull.system_prompt.en.contains("You only look."));
    assert!(
        image_pull
            .system_prompt
            .en
            .contains("You know image pulls.")
    );
}
