//! The existing name that a person most likely meant when they wrote one that does not exist.

use std::cmp::Reverse;

/// The longest name that is compared; longer ones are nobody's slip of the keyboard.
const LONGEST: usize = 253;
/// How many candidates are compared.
const MOST: usize = 10_000;

/// Words that people use for one another in names of settings, objects and labels.
const SAME: &[&[&str]] = &[
    &["smtp", "mail", "email", "mailer"],
    &[
        "db",
        "database",
        "postgres",
        "postgresql",
        "pg",
        "mysql",
        "mariadb",
        "sql",
    ],
    &["url", "uri", "address", "addr", "endpoint", "dsn"],
    &["host", "hostname", "server", "address", "addr"],
    &["user", "username", "login", "account"],
    &["pass", "password", "passwd", "pwd", "secret"],
    &["key", "token", "apikey"],
    &[
        "conf",
        "config",
        "cfg",
        "configuration",
        "settings",
        "properties",
    ],
    &["prod", "production", "live"],
    &["dev", "development"],
    &["stage", "staging", "stg"],
    &["cert", "certificate", "tls", "ssl", "crt"],
    &["svc", "service", "srv"],
    &["app", "application"],
    &["env", "environment"],
    &["auth", "authentication", "oauth"],
    &["dir", "directory", "path", "folder"],
    &["max", "maximum", "limit"],
    &["num", "number", "count"],
    &["msg", "message"],
    &["img", "image"],
    &["log", "logging", "logs"],
];

/// The candidate nearest to a name, if one is near: the same but for case and separators, the same
/// words in another order, one word in another's place, a slip of a letter or two, one the start or
/// the end of the other. Of two equally near the first by name. A candidate equal to the name is
/// none.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let wanted = Name::read(name);
    candidates
        .into_iter()
        .take(MOST)
        .filter(|candidate| {
            !candidate.is_empty() && candidate.len() <= LONGEST && *candidate != name
        })
        .filter_map(|candidate| {
            let near = wanted.nearness(&Name::read(candidate))?;
            Some((near, Reverse(candidate), candidate))
        })
        .max()
        .map(|(_, _, candidate)| candidate)
}

struct Name {
    /// In small letters, without separators.
    plain: Vec<char>,
    /// Its words, in small letters.
    words: Vec<String>,
}

impl Name {
    fn read(name: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut word = String::new();
        let mut small = false;
        for c in name.chars() {
            // A capital after a small letter begins a word: smtpHost.
            if !c.is_alphanumeric() || (c.is_uppercase() && small) {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                small = false;
            }
            if c.is_alphanumeric() {
                small = c.is_lowercase() || c.is_ascii_digit();
                word.extend(c.to_lowercase());
            }
        }
        if !word.is_empty() {
            words.push(word);
        }
        Self {
            plain: words.concat().chars().collect(),
            words,
        }
    }

    /// How near another name is, from 0 to 1000; none if it is not near.
    fn nearness(&self, other: &Self) -> Option<u32> {
        if self.plain.is_empty() || other.plain.is_empty() {
            return None;
        }
        if self.plain == other.plain {
            return Some(1000);
        }
        let (mut mine, mut theirs) = (self.words.clone(), other.words.clone());
        mine.sort();
        theirs.sort();
        if mine == theirs {
            return Some(950);
        }
        if plural(&self.plain, &other.plain) || plural(&other.plain, &self.plain) {
            return Some(940);
        }
        [
            self.slip(other),
            self.swapped(other),
            self.within(other),
            self.begins(other),
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// A slip of the keyboard: one letter in five, three at the most.
    fn slip(&self, other: &Self) -> Option<u32> {
        let (short, long) = (
            self.plain.len().min(other.plain.len()),
            self.plain.len().max(other.plain.len()),
        );
        let allowed = (short / 4).clamp(1, 3);
        if short < 3 || long.saturating_sub(short) > allowed {
            return None;
        }
        let distance = match self.odd_word(other) {
            // `PORT` is no slip for `HOST`: where one word differs, the slip is in that word.
            Some((mine, theirs)) => {
                let (mine, theirs): (Vec<char>, Vec<char>) =
                    (mine.chars().collect(), theirs.chars().collect());
                let short = mine.len().min(theirs.len());
                let distance = distance(&mine, &theirs);
                if short < 3 || distance > (short / 4).clamp(1, 3) {
                    return None;
                }
                distance
            }
            None => distance(&self.plain, &other.plain),
        };
        // Names that differ in a number alone name different things on purpose.
        if distance > allowed || only_digits_differ(&self.plain, &other.plain) {
            return None;
        }
        let lost = u32::try_from(distance.saturating_mul(300) / long.max(1)).unwrap_or(300);
        Some(900_u32.saturating_sub(lost))
    }

    /// The same words but for one, at the same place: SMTP_HOST and MAIL_HOST.
    fn swapped(&self, other: &Self) -> Option<u32> {
        let (mine, theirs) = self.odd_word(other)?;
        let same = SAME
            .iter()
            .any(|words| words.contains(&mine) && words.contains(&theirs));
        if same {
            return Some(860);
        }
        // The last word says what a thing is: `API_HOST` is not meant by `API_PORT`. And a first
        // word that has nothing of the other is near only if enough of the name is shared.
        let is_last = |words: &[String], word| words.last().is_some_and(|last| last == word);
        let last = is_last(&self.words, mine) && is_last(&other.words, theirs);
        let shared = self.plain.len().saturating_sub(mine.chars().count());
        (!last && shared.saturating_mul(2) >= self.plain.len() && shared >= 4).then_some(520)
    }

    /// The one word, at the same place in both, in which two names of several words differ.
    fn odd_word<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str)> {
        if self.words.len() != other.words.len() || self.words.len() < 2 {
            return None;
        }
        let mut differing = self
            .words
            .iter()
            .zip(&other.words)
            .filter(|(mine, theirs)| mine != theirs);
        let (mine, theirs) = differing.next()?;
        differing
            .next()
            .is_none()
            .then_some((mine.as_str(), theirs.as_str()))
    }

    /// One is the start or the end of the other, in whole words: api and api-config.
    fn within(&self, other: &Self) -> Option<u32> {
        let (short, long) = if self.words.len() <= other.words.len() {
            (self, other)
        } else {
            (other, self)
        };
        if short.plain.len() < 3 || short.words.len() == long.words.len() {
            return None;
        }
        let whole = long.words.starts_with(&short.words) || long.words.ends_with(&short.words);
        let extra = u32::try_from(long.plain.len().saturating_sub(short.plain.len())).ok()?;
        whole.then(|| 700_u32.saturating_sub(extra.saturating_mul(8)))
    }

    /// One begins with the other, within a word: web and website.
    fn begins(&self, other: &Self) -> Option<u32> {
        let (short, long) = if self.plain.len() <= other.plain.len() {
            (&self.plain, &other.plain)
        } else {
            (&other.plain, &self.plain)
        };
        // `cart` begins `cartographer` by chance; the rest must not be much more than the start.
        let near = short.len() >= 3 && long.len() <= short.len().saturating_mul(5) / 2;
        let digit = long.get(short.len()).is_some_and(char::is_ascii_digit);
        (near && !digit && self.words.len() == other.words.len() && long.starts_with(short))
            .then_some(400)
    }
}

fn plural(one: &[char], many: &[char]) -> bool {
    many.strip_prefix(one)
        .is_some_and(|end| matches!(end, ['s'] | ['e', 's']))
        || (one.last() == Some(&'y')
            && one
                .split_last()
                .and_then(|(_, stem)| many.strip_prefix(stem))
                .is_some_and(|end| matches!(end, ['i', 'e', 's'])))
}

fn only_digits_differ(a: &[char], b: &[char]) -> bool {
    let letters = |name: &[char]| -> Vec<char> {
        name.iter()
            .copied()
            .filter(|c| !c.is_ascii_digit())
            .collect()
    };
    let digits = |name: &[char]| name.iter().filter(|c| c.is_ascii_digit()).count();
    digits(a) > 0 && digits(b) > 0 && letters(a) == letters(b)
}

/// How many letters have to be added, taken away, replaced or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut last: Option<char> = None;
    for (row, &x) in a.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push(row.saturating_add(1));
        let mut left = row.saturating_add(1);
        for (column, &y) in b.iter().enumerate() {
            let next = column.saturating_add(1);
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX);
            let mut best = at(&above, column)
                .saturating_add(usize::from(x != y))
                .min(at(&above, next).saturating_add(1))
                .min(left.saturating_add(1));
            let swapped = column
                .checked_sub(1)
                .is_some_and(|place| b.get(place) == Some(&x) && last == Some(y));
            if swapped {
                best = best.min(at(&before, column.saturating_sub(1)).saturating_add(1));
            }
            current.push(best);
            left = best;
        }
        before = std::mem::replace(&mut above, current);
        last = Some(x);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        let table: &[(&str, &[&str], &str)] = &[
            ("SMTP_HOST", &["MAIL_HOST", "PORT"], "MAIL_HOST"),
            ("SMTP_HOST", &["SMTP_PORT", "SMTP_USER"], ""),
            ("SMTP_HOST", &["smtp-host", "MAIL_HOST"], "smtp-host"),
            ("smtpHost", &["SMTP_HOST"], "SMTP_HOST"),
            ("DATABASE_URL", &["DB_URL", "REDIS_URL"], "DB_URL"),
            ("DATABASE_URL", &["DATABASE_URI"], "DATABASE_URI"),
            ("api-config", &["api-cofnig", "web-config"], "api-cofnig"),
            ("api-config", &["config-api"], "config-api"),
            ("api-config", &["api-configs"], "api-configs"),
            ("api-policy", &["api-policies"], "api-policies"),
            ("api", &["api-config", "apis"], "apis"),
            ("api-config", &["api-config-v2", "other"], "api-config-v2"),
            (
                "db-credentials",
                &["postgres-credentials", "tls"],
                "postgres-credentials",
            ),
            ("worker-1", &["worker-2"], ""),
            ("a", &["b"], ""),
            ("web", &["api", "db"], ""),
            ("web", &["website", "api"], "website"),
            ("webshop", &["web", "shop-db"], "web"),
            ("worker-1", &["worker-10"], ""),
            ("orders", &["order"], "order"),
            ("checkout", &["chekcout", "checkin"], "chekcout"),
            ("", &["a"], ""),
            ("same", &["same"], ""),
            (
                "app.properties",
                &["application.properties"],
                "application.properties",
            ),
            ("config.yaml", &["config.yml", "config.json"], "config.yml"),
        ];
        for (name, candidates, expected) in table {
            let found = nearest(name, candidates.iter().copied()).unwrap_or_default();
            assert_eq!(found, *expected, "{name} among {candidates:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_candidates_does_not_matter(
            name in "[a-zA-Z_-]{1,12}",
            mut candidates in proptest::collection::vec("[a-zA-Z_-]{1,12}", 0..8),
        ) {
            let first = nearest(&name, candidates.iter().map(String::as_str)).map(str::to_owned);
            candidates.reverse();
            let second = nearest(&name, candidates.iter().map(String::as_str)).map(str::to_owned);
            prop_assert_eq!(first, second);
        }

        #[test]
        fn no_name_makes_it_panic(name in "\\PC{0,40}", other in "\\PC{0,40}") {
            let _ = nearest(&name, [other.as_str()]);
        }
    }
}
