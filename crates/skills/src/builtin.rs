//! The skills that come with Kintsugi, compiled in from `skills/` at the root of the repository.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Each file's name and its text.
        pub(crate) const FILES: &[(&str, &str)] = &[
            $((concat!("skills/", $name, ".yaml"), include_str!(concat!("../../../skills/", $name, ".yaml"))),)*
        ];
    };
}

files!["base", "image_pull"];
