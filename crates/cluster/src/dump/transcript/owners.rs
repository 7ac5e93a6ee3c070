//! Owners that the shape of a name tells: `api-7d9f8b6c5-x2x4z` is a pod of the ReplicaSet
//! `api-7d9f8b6c5` of the Deployment `api`. It is a guess, and is marked as one.

/// The letters that Kubernetes makes random names of: no vowels, and no digits that look like them.
const SAFE: &str = "bcdfghjklmnpqrstvwxz2456789";

/// Who made a pod, by its name: the owners from the nearest to the farthest.
pub(super) fn of_pod(name: &str) -> Vec<(&'static str, String)> {
    let Some((base, last)) = name.rsplit_once('-') else {
        return Vec::new();
    };
    if let Some((app, hash)) = base.rsplit_once('-')
        && random(last, 5, 5)
    {
        // A hash may be of digits alone, too.
        if let Some(cron) = of_job(base) {
            return vec![("Job", base.to_owned()), ("CronJob", cron.to_owned())];
        }
        if random(hash, 6, 10) && hash.contains(|letter: char| letter.is_ascii_digit()) {
            return vec![
                ("ReplicaSet", base.to_owned()),
                ("Deployment", app.to_owned()),
            ];
        }
    }
    if last.len() <= 4 && !last.is_empty() && last.chars().all(|digit| digit.is_ascii_digit()) {
        return vec![("StatefulSet", base.to_owned())];
    }
    Vec::new()
}

/// The CronJob of a Job, by its name: it numbers its Jobs by the minutes since 1970.
pub(super) fn of_job(name: &str) -> Option<&str> {
    let (cron, minutes) = name.rsplit_once('-')?;
    let numbered = minutes.len() == 8
        && minutes.starts_with(['2', '3'])
        && minutes.chars().all(|digit| digit.is_ascii_digit());
    numbered.then_some(cron)
}

/// Who may have made a pod of the name `BASE-x2x4z`: `BASE`, which has to be known otherwise.
pub(super) fn base_of(name: &str) -> Option<&str> {
    let (base, last) = name.rsplit_once('-')?;
    random(last, 5, 5).then_some(base)
}

/// The Deployment of a ReplicaSet, by its name.
pub(super) fn of_replica_set(name: &str) -> Option<&str> {
    let (app, hash) = name.rsplit_once('-')?;
    random(hash, 6, 10).then_some(app)
}

fn random(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.chars().all(|letter| SAFE.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_name_tells_its_owners() {
        let told = |name: &str| {
            let owners: Vec<String> = of_pod(name)
                .into_iter()
                .map(|(kind, name)| format!("{kind}/{name}"))
                .collect();
            owners.join(" ")
        };
        for (name, expected) in [
            (
                "api-7d9f8b6c5-x2x4z",
                "ReplicaSet/api-7d9f8b6c5 Deployment/api",
            ),
            (
                "my-api-v2-5f4d8c7b9d-2xkqp",
                "ReplicaSet/my-api-v2-5f4d8c7b9d Deployment/my-api-v2",
            ),
            (
                "report-29012345-k8zzd",
                "Job/report-29012345 CronJob/report",
            ),
            (
                "shop-979884994-nq4vz",
                "ReplicaSet/shop-979884994 Deployment/shop",
            ),
            ("db-0", "StatefulSet/db"),
            ("agent-x2x4z", ""),
            ("kube-apiserver-node1", ""),
            ("single", ""),
            ("payment-service-abcde", ""),
        ] {
            assert_eq!(told(name), expected, "{name}");
        }
    }
}
