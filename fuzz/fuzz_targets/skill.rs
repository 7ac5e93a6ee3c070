//! Whatever stands in a skill's file, it is loaded or refused with a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skills::SkillSet;

fuzz_target!(|source: &str| {
    let _ = SkillSet::from_sources([("skill.yaml", source)]);
});
