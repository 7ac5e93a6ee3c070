//! What the programs of the scenarios do, as the real node recorded it: what they print, how they
//! end, which port they listen on. What a manifest tells by itself is not told again. `<NAME>` in a
//! log stands for the address of the Service of that name.

use cluster::memory::{Life, Program};
use model::Millis;

/// How long a program takes that ends as soon as it starts.
const AT_ONCE: Millis = Millis(120);

/// What every `httpd` of the scenarios prints once it is up.
const LISTENING: &str = "listening on :8080\n";

/// The programs of a scenario.
pub(crate) fn programs(scenario: &str) -> Vec<Program> {
    let one = |workload: &str, container: &str, lives: Vec<Life>| Program {
        namespace: scenario.to_owned(),
        workload: workload.to_owned(),
        container: container.to_owned(),
        image: None,
        lives,
    };
    let web = || one("web", "web", vec![serves()]);
    match scenario {
        "env-missing" => vec![one(
            "api",
            "api",
            vec![fails(
                1,
                "starting api 1.4.2\nTraceback (most recent call last):\n  File \"<string>\", line \
                 3, in <module>\n  File \"<frozen os>\", line 679, in __getitem__\nKeyError: \
                 'SMTP_HOST'\n",
            )],
        )],
        "chain-from-ingress" => vec![one(
            "web",
            "web",
            vec![fails(
                1,
                "web 3.1 starts\nTraceback (most recent call last):\n  File \"<string>\", line 3, \
                 in <module>\n  File \"<frozen os>\", line 679, in __getitem__\nKeyError: \
                 'SESSION_KEY'\n",
            )],
        )],
        "oom-killed" => vec![one(
            "report",
            "report",
            vec![Life::runs_out_of_memory(
                Millis(900),
                "loading the report\n",
            )],
        )],
        "exits-cleanly" => vec![one(
            "import",
            "import",
            vec![Life::exits(AT_ONCE, 0, "imported 120 rows\n")],
        )],
        "init-fails" => vec![one(
            "orders",
            "migrate",
            vec![fails(
                1,
                "applying 0042_add_total\nerror: migration 0042 failed: relation \"orders\" does \
                 not exist\n",
            )],
        )],
        "sidecar-crashes" => vec![
            one("orders", "orders", vec![serves()]),
            one(
                "orders",
                "log-shipper",
                vec![fails(3, "log-shipper: unknown output \"kafkaa\"\n")],
            ),
        ],
        "crashes-now-and-then" => vec![one(
            "consumer",
            "consumer",
            vec![Life::exits(
                Millis::secs(30),
                1,
                "consuming\nfatal: lost the connection to the broker: heartbeat timeout\n",
            )],
        )],
        "daemon-crashes" => vec![one(
            "agent",
            "agent",
            vec![fails(
                1,
                "Traceback (most recent call last):\n  File \"<string>\", line 1, in \
                 <module>\nRuntimeError: no kernel headers for this kernel\n",
            )],
        )],
        "stateful-set-stuck" => vec![one(
            "db",
            "db",
            vec![
                fails(
                    1,
                    "FATAL: could not open file \"/data/pg_hba.conf\": No such file or directory\n",
                )
                .listening(&[]),
            ],
        )],
        "liveness-wrong-path" => {
            let mut life = serves();
            life.answers.insert("/healthz".to_owned(), 404);
            vec![one("web", "web", vec![life])]
        }
        "startup-probe-too-short" => {
            let mut life = Life::runs("warming up\n").listening(&[8080]);
            life.listens_after = Millis::secs(40);
            vec![one("slow", "slow", vec![life])]
        }
        "slow-start" => {
            let mut life = serves();
            life.listens_after = Millis::secs(20);
            vec![one("web", "web", vec![life])]
        }
        "job-fails" => vec![one(
            "migrate",
            "migrate",
            vec![fails(
                2,
                "FATAL: password authentication failed for user \"migrate\"\n",
            )],
        )],
        "job-too-slow" => vec![one("export", "export", vec![Life::runs("exporting\n")])],
        "cron-job-fails" => vec![one(
            "backup",
            "backup",
            vec![fails(1, "error: no such bucket: shop-backups\n")],
        )],
        "job-succeeded-at-last" => vec![one(
            "load",
            "load",
            vec![
                fails(1, "error: gate:8080 is not there yet\n"),
                Life::exits(AT_ONCE, 0, "loaded\n"),
            ],
        )],
        "restarted-once" => vec![one(
            "web",
            "web",
            vec![fails(1, "the database is not there yet\n"), serves()],
        )],
        "chain-of-causes" => vec![one(
            "web",
            "wait-for-db",
            vec![Life::runs(
                &"nc: can't connect to remote host (<db>): Connection refused\nwaiting for \
                  db:5432\n"
                    .repeat(40),
            )],
        )],
        "rollout-crashes" => vec![one(
            "web",
            "web",
            vec![serves(), fails(2, "sh: QUEUE_URL: is not set\n")],
        )],
        "errors-in-the-log" => vec![one(
            "crawler",
            "crawler",
            vec![Life::runs(&format!(
                "{LISTENING}{}",
                "ERROR failed to fetch https://example.org/robots.txt: connection refused, will \
                 retry\nTraceback (most recent call last):\n  File \"crawl.py\", line 3, in \
                 get\nTimeoutError: timed out\n"
                    .repeat(20)
            ))],
        )],
        "stateful-and-daemon" => vec![one("db", "db", vec![serves()])],
        "service-selector-mismatch" => vec![one("website", "website", vec![serves()])],
        "liveness-wrong-port"
        | "readiness-wrong-port"
        | "rollout-stuck"
        | "service-port-mismatch"
        | "service-named-port-missing"
        | "init-and-sidecar"
        | "service-without-selector"
        | "optional-config-missing"
        | "rollout-in-progress"
        | "rollout-paused"
        | "updated-and-done" => vec![web()],
        _ => Vec::new(),
    }
}

/// A program that listens on 8080 and says so.
fn serves() -> Life {
    Life::runs(LISTENING).listening(&[8080])
}

/// A program that fails as soon as it starts.
fn fails(code: i32, log: &str) -> Life {
    Life::exits(AT_ONCE, code, log)
}
