//! Every kind of workload runs in the cluster in memory as its controller, the scheduler and the
//! kubelets have it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the functions that tests share fail as tests do"
)]

use kintsugi_cluster as cluster;

use cluster::memory::{HandClock, Life, MemoryCluster, Program};
use cluster::{Cluster, LogQuery, Scope, scenes};
use facts::Object;
use model::{Millis, ObjectRef, PatchOp, Timestamp};
use serde_json::{Value, json};

const SPACE: &str = "lab";

struct Lab {
    clock: HandClock,
    cluster: MemoryCluster,
}

impl Lab {
    fn new() -> Self {
        let clock = HandClock::at(Timestamp::parse("2026-03-02T09:00:07.250Z").unwrap());
        let cluster = MemoryCluster::open(None, scenes::single_node(), clock.clock()).unwrap();
        let lab = Self { clock, cluster };
        lab.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}));
        lab
    }

    fn apply(&self, object: Value) {
        self.cluster.apply(vec![Object::new(object)]).unwrap();
    }

    fn wait(&self, seconds: u64) {
        self.clock.advance(Millis::secs(seconds));
    }

    fn plays(&self, workload: &str, lives: Vec<Life>) {
        self.cluster
            .set_program(Program {
                namespace: SPACE.to_owned(),
                workload: workload.to_owned(),
                container: "main".to_owned(),
                image: None,
                lives,
            })
            .unwrap();
    }

    fn list(&self, kind: &str) -> Vec<Object> {
        block(self.cluster.list(kind, Some(SPACE))).unwrap()
    }

    fn names(&self, kind: &str) -> Vec<String> {
        let all = self.list(kind);
        all.iter().map(|object| object.name().to_owned()).collect()
    }

    fn one(&self, kind: &str, name: &str) -> Object {
        let reference = ObjectRef::new(kind, SPACE, name);
        block(self.cluster.get(&reference)).unwrap().unwrap()
    }

    fn events(&self, reason: &str) -> Vec<String> {
        self.list("Event")
            .iter()
            .filter(|event| event.text("/reason") == reason)
            .map(|event| event.text("/message").to_owned())
            .collect()
    }
}

fn pod(restart: &str) -> Value {
    json!({
        "restartPolicy": restart,
        "containers": [{"name": "main", "image": "busybox:1.36"}],
    })
}

fn workload(kind: &str, name: &str, spec: Value) -> Value {
    let version = if matches!(kind, "Job" | "CronJob") {
        "batch/v1"
    } else {
        "apps/v1"
    };
    let mut spec = spec;
    if !matches!(kind, "Job" | "CronJob") {
        spec["selector"] = json!({"matchLabels": {"app": name}});
        spec["template"]["metadata"] = json!({"labels": {"app": name}});
    }
    json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": SPACE},
        "spec": spec,
    })
}

fn serving(spec: Value) -> Value {
    let mut spec = spec;
    spec["template"] = json!({"spec": pod("Always")});
    spec
}

#[test]
fn a_stateful_set_makes_its_pods_one_after_another_and_takes_them_away_backwards() {
    let lab = Lab::new();
    let three = serving(json!({"replicas": 3, "serviceName": "db"}));
    lab.apply(workload("StatefulSet", "db", three));
    let mut seen = vec![Vec::new()];
    for _ in 0..200 {
        lab.clock.advance(Millis(100));
        let names = lab.names("Pod");
        if seen.last() != Some(&names) {
            seen.push(names);
        }
    }
    let all = ["db-0", "db-1", "db-2"];
    let expected: Vec<Vec<&str>> = (0..=3).map(|count| all[..count].to_vec()).collect();
    assert_eq!(seen, expected);
    assert_eq!(
        lab.one("StatefulSet", "db").int("/status/readyReplicas"),
        Some(3)
    );

    let one = serving(json!({"replicas": 1, "serviceName": "db"}));
    lab.apply(workload("StatefulSet", "db", one));
    lab.wait(20);
    assert_eq!(lab.names("Pod"), ["db-0"]);
    let first = lab.events("SuccessfulDelete").remove(0);
    assert_eq!(lab.events("SuccessfulDelete").len(), 2, "{first}");
}

#[test]
fn a_stateful_set_waits_for_a_pod_that_crashes() {
    let lab = Lab::new();
    lab.plays(
        "db",
        vec![Life::exits(Millis(50), 1, "no data directory\n")],
    );
    let spec = serving(json!({"replicas": 3, "serviceName": "db"}));
    lab.apply(workload("StatefulSet", "db", spec));
    lab.wait(120);
    assert_eq!(lab.names("Pod"), ["db-0"]);
    let db = lab.one("Pod", "db-0");
    let status = &db.list("/status/containerStatuses")[0];
    assert!(status["restartCount"].as_i64() >= Some(3), "{status}");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    let query = LogQuery {
        namespace: SPACE.to_owned(),
        pod: "db-0".to_owned(),
        container: "main".to_owned(),
        previous: true,
        tail_lines: 10,
    };
    assert_eq!(
        block(lab.cluster.logs(&query)).unwrap(),
        "no data directory\n"
    );
}

#[test]
fn a_daemon_set_follows_the_nodes() {
    let lab = Lab::new();
    let mut spec = serving(json!({}));
    spec["template"]["spec"]["nodeSelector"] = json!({"kubernetes.io/os": "linux"});
    lab.apply(workload("DaemonSet", "agent", spec));
    lab.wait(10);
    assert_eq!(lab.list("Pod").len(), 1);
    let second = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "node-2", "labels": {"kubernetes.io/os": "linux"}},
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}},
    });
    lab.apply(second);
    lab.wait(10);
    let nodes: Vec<String> = lab
        .list("Pod")
        .iter()
        .map(|pod| pod.text("/spec/nodeName").to_owned())
        .collect();
    assert_eq!(nodes.len(), 2);
    assert!(nodes.contains(&"node-2".to_owned()), "{nodes:?}");
    let status = lab.one("DaemonSet", "agent");
    assert_eq!(status.int("/status/numberReady"), Some(2));
}

#[test]
fn a_job_tries_again_as_often_as_it_may() {
    let lab = Lab::new();
    lab.plays("load", vec![Life::exits(Millis(50), 1, "not yet\n")]);
    let spec = json!({"backoffLimit": 2, "template": {"spec": pod("Never")}});
    lab.apply(workload("Job", "load", spec));
    lab.wait(300);
    let job = lab.one("Job", "load");
    assert_eq!(job.int("/status/failed"), Some(3));
    let last = &job.list("/status/conditions")[1];
    assert_eq!(last["reason"], "BackoffLimitExceeded");
    assert_eq!(lab.list("Pod").len(), 3);
}

#[test]
fn a_job_that_succeeds_at_last_is_complete() {
    let lab = Lab::new();
    let fails = Life::exits(Millis(50), 1, "not yet\n");
    lab.plays("load", vec![fails, Life::exits(Millis(50), 0, "loaded\n")]);
    let spec = json!({"template": {"spec": pod("OnFailure")}});
    lab.apply(workload("Job", "load", spec));
    lab.wait(60);
    let job = lab.one("Job", "load");
    assert_eq!(job.list("/status/conditions")[1]["type"], "Complete");
    assert_eq!(job.int("/status/succeeded"), Some(1));
}

#[test]
fn a_cron_job_runs_by_the_clusters_clock_and_keeps_what_it_should() {
    let lab = Lab::new();
    let job = json!({"spec": {"template": {"spec": pod("Never")}}});
    let spec = json!({
        "schedule": "*/2 * * * *",
        "successfulJobsHistoryLimit": 2,
        "jobTemplate": job,
    });
    lab.apply(workload("CronJob", "tick", spec));
    for _ in 0..60 {
        lab.wait(10);
    }
    assert_eq!(lab.names("Job").len(), 2);
    let cron = lab.one("CronJob", "tick");
    assert_eq!(
        cron.text("/status/lastScheduleTime"),
        "2026-03-02T09:10:00Z"
    );
    assert!(!cron.text("/status/lastSuccessfulTime").is_empty());
    let suspend = PatchOp::Replace {
        path: "/spec/suspend".to_owned(),
        value: json!(true),
    };
    lab.cluster.edit(&cron.reference(), &[suspend]).unwrap();
    lab.wait(600);
    let cron = lab.one("CronJob", "tick");
    assert_eq!(
        cron.text("/status/lastScheduleTime"),
        "2026-03-02T09:10:00Z"
    );
}

#[test]
fn a_service_knows_the_pods_that_it_selects_and_whether_they_are_ready() {
    let lab = Lab::new();
    lab.apply(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": SPACE},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }));
    let spec = serving(json!({"replicas": 2}));
    lab.apply(workload("Deployment", "web", spec));
    lab.wait(2);
    let ready = || {
        let slices = lab.list("EndpointSlice");
        assert_eq!(slices.len(), 1);
        let endpoints = slices[0].list("/endpoints");
        let ready = endpoints
            .iter()
            .filter(|one| one["conditions"]["ready"] == true)
            .count();
        (endpoints.len(), ready)
    };
    assert_eq!(ready(), (2, 0));
    lab.wait(10);
    assert_eq!(ready(), (2, 2));
    let pod = lab.list("Pod").remove(0);
    lab.cluster.delete(&pod.reference()).unwrap();
    assert_eq!(ready().1, 2, "nobody has looked yet");
    lab.wait(20);
    assert_eq!(ready(), (2, 2));
}

#[test]
fn init_containers_go_first_and_the_others_say_what_they_wait_for() {
    let lab = Lab::new();
    let mut spec = serving(json!({"replicas": 1}));
    spec["template"]["spec"]["initContainers"] = json!([{"name": "wait", "image": "busybox:1.36"}]);
    let program = Program {
        namespace: SPACE.to_owned(),
        workload: "web".to_owned(),
        container: "wait".to_owned(),
        image: None,
        lives: vec![Life::exits(Millis::secs(30), 0, "")],
    };
    lab.cluster.set_program(program).unwrap();
    lab.apply(workload("Deployment", "web", spec));
    lab.wait(10);
    let pod = lab.list("Pod").remove(0);
    let waiting = "/status/containerStatuses/0/state/waiting/reason";
    assert_eq!(pod.text(waiting), "PodInitializing");
    assert_eq!(pod.text("/status/phase"), "Pending");
    lab.wait(40);
    let pod = lab.list("Pod").remove(0);
    assert_eq!(pod.text("/status/phase"), "Running");
    let init = &pod.list("/status/initContainerStatuses")[0];
    assert_eq!(init["state"]["terminated"]["exitCode"], 0);
}

#[test]
fn a_pod_that_fits_nowhere_takes_the_node_that_comes() {
    let lab = Lab::new();
    let mut spec = serving(json!({"replicas": 1}));
    spec["template"]["spec"]["nodeSelector"] = json!({"pool": "gpu"});
    lab.apply(workload("Deployment", "train", spec));
    lab.wait(5);
    let said = lab.events("FailedScheduling");
    assert_eq!(
        said,
        [
            "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new \
          claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful \
          for scheduling."
        ]
    );
    lab.apply(json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "gpu-1", "labels": {"pool": "gpu"}},
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}},
    }));
    lab.wait(10);
    assert_eq!(lab.list("Pod")[0].text("/spec/nodeName"), "gpu-1");
    assert_eq!(
        lab.one("Deployment", "train")
            .int("/status/availableReplicas"),
        Some(1)
    );
}

#[test]
fn what_a_quota_refuses_is_told_by_the_replica_set_and_its_deployment() {
    let lab = Lab::new();
    lab.apply(json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": SPACE},
        "spec": {"hard": {"pods": "1"}},
    }));
    lab.apply(workload(
        "Deployment",
        "web",
        serving(json!({"replicas": 3})),
    ));
    lab.wait(30);
    assert_eq!(lab.list("Pod").len(), 1);
    for object in [
        lab.list("ReplicaSet").remove(0),
        lab.one("Deployment", "web"),
    ] {
        let failure = object
            .list("/status/conditions")
            .iter()
            .find(|one| one["type"] == "ReplicaFailure")
            .cloned()
            .unwrap_or_else(|| panic!("{:?}", object.at("/status")));
        let message = failure["message"].as_str().unwrap();
        assert!(
            message.ends_with(
                "is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: \
                 pods=1"
            ),
            "{message}"
        );
    }
    assert_eq!(
        lab.one("ResourceQuota", "small").text("/status/used/pods"),
        "1"
    );
}

#[test]
fn a_missing_key_keeps_a_container_waiting_until_it_is_there() {
    let lab = Lab::new();
    let map = |data: Value| {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": SPACE},
            "data": data,
        })
    };
    lab.apply(map(json!({"LOGLEVEL": "info"})));
    let mut spec = serving(json!({"replicas": 1}));
    spec["template"]["spec"]["containers"][0]["env"] = json!([{
        "name": "LOG_LEVEL",
        "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "LOG_LEVEL"}},
    }]);
    lab.apply(workload("Deployment", "web", spec));
    lab.wait(10);
    let words = "couldn't find key LOG_LEVEL in ConfigMap lab/settings";
    let pod = lab.list("Pod").remove(0);
    let waiting = &pod.list("/status/containerStatuses")[0]["state"]["waiting"];
    assert_eq!(waiting["reason"], "CreateContainerConfigError");
    assert_eq!(waiting["message"], words);
    assert_eq!(lab.events("Failed"), [format!("Error: {words}")]);
    lab.apply(map(json!({"LOG_LEVEL": "info"})));
    lab.wait(30);
    assert_eq!(
        lab.one("Deployment", "web").int("/status/readyReplicas"),
        Some(1)
    );
}

#[test]
fn a_reading_is_dated_by_the_clusters_clock_and_has_no_blind_spots() {
    let lab = Lab::new();
    lab.wait(60);
    let reading = block(lab.cluster.read(&Scope::default())).unwrap();
    assert_eq!(reading.snapshot.taken(), Some(lab.clock.now()));
    assert_eq!(reading.blind_spots, []);
}

#[test]
fn the_journal_gives_the_same_whole_cluster_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cluster.jsonl");
    let clock = HandClock::at(Timestamp::parse("2026-03-02T09:00:07.250Z").unwrap());
    let open = || MemoryCluster::open(Some(&path), scenes::single_node(), clock.clock()).unwrap();
    let lab = Lab {
        clock: clock.clone(),
        cluster: open(),
    };
    lab.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}));
    lab.plays(
        "db",
        vec![Life::exits(Millis(700), 1, "x\n"), Life::runs("up\n")],
    );
    let spec = serving(json!({"replicas": 2, "serviceName": "db"}));
    lab.apply(workload("StatefulSet", "db", spec));
    lab.wait(3);
    let job = json!({"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pod("Never")}}}});
    lab.apply(workload("CronJob", "tick", job));
    for _ in 0..50 {
        lab.wait(3);
        lab.names("Pod");
    }
    assert_eq!(
        lab.cluster.all_objects().unwrap(),
        open().all_objects().unwrap()
    );
}

/// Drives a future that never waits to its end.
fn block<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("the cluster in memory does not answer"),
    }
}
