//! What a table does not show is not made up: names of containers, labels, times, values.

use facts::container::{self, is_name};
use serde_json::{Value, json};

use super::transcripts::{at, get};
use super::{said, stream};

const POD: &str = "web-6b89fc455d-fdsll";

/// A row of a table of pods, and what else was pasted.
fn with(row: &str, more: &str) -> cluster::dump::Dump {
    stream(&format!(
        "$ kubectl get pods -n shop\nNAME                 READY   STATUS   RESTARTS   AGE\n{POD}   {row}\n{more}"
    ))
}

/// The names of a pod's containers, those that nobody has shown as `?`, and how each stands.
fn containers(dump: &cluster::dump::Dump) -> Vec<String> {
    container::containers(get(dump, "Pod", POD))
        .map(|container| {
            let name = Some(container.name()).filter(|name| is_name(name));
            let how = match (container.waiting_reason(), container.end_reason()) {
                ("", "") => container.state(),
                ("", end) => end,
                (waits, _) => waits,
            };
            let init = if container.init { "init " } else { "" };
            format!("{init}{} {how}", name.unwrap_or("?"))
                .trim()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_container_bears_a_name_only_if_somebody_has_shown_it() {
    let crash = "0/1   CrashLoopBackOff   4 (43s ago)   3m";
    let log = |words: &str| {
        with(
            "0/2   CrashLoopBackOff   4 (43s ago)   3m",
            &format!("$ kubectl logs {POD} -n shop {words}"),
        )
    };
    let event = "$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON    OBJECT                     MESSAGE\n13s         Warning   BackOff   pod/web-6b89fc455d-fdsll   Back-off restarting failed container proxy in pod web-6b89fc455d-fdsll_shop(7770c5fa)\n";
    let workload = "$ kubectl get deploy web -n shop -o wide\nNAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\nweb    0/1     1            0           3m    engine       e:1      app=web\n";
    for (dump, expected) in [
        (with(crash, ""), vec!["? CrashLoopBackOff"]),
        (with(crash, workload), vec!["engine CrashLoopBackOff"]),
        (with(crash, event), vec!["proxy CrashLoopBackOff"]),
        (
            with("1/2   CrashLoopBackOff   4 (43s ago)   3m", event),
            vec!["proxy CrashLoopBackOff", "? running"],
        ),
        (
            with("1/2   CrashLoopBackOff   4 (43s ago)   3m", ""),
            vec!["? CrashLoopBackOff", "? running"],
        ),
        // That a log of it was read does not tell that it is the one which is down.
        (
            log("\nDefaulted container \"api\" out of: api, proxy\nlistening\n"),
            vec!["? CrashLoopBackOff", "?"],
        ),
        (
            log("-c proxy --previous\nboom\n"),
            vec!["proxy CrashLoopBackOff", "?"],
        ),
    ] {
        assert_eq!(containers(&dump), expected);
    }
}

#[test]
fn an_init_container_of_a_row_has_failed_and_has_no_name() {
    for (status, expected) in [
        ("Init:Error", vec!["init ? Error", "?"]),
        (
            "Init:CrashLoopBackOff",
            vec!["init ? CrashLoopBackOff", "?"],
        ),
        ("Init:OOMKilled", vec!["init ? OOMKilled", "?"]),
        (
            "Init:ImagePullBackOff",
            vec!["init ? ImagePullBackOff", "?"],
        ),
        ("Init:ExitCode:3", vec!["init ? terminated", "?"]),
        ("Init:1/2", vec!["init ? Completed", "init ? running", "?"]),
        ("PodInitializing", vec!["?"]),
    ] {
        let dump = with(&format!("0/1   {status}   2 (43s ago)   3m"), "");
        assert_eq!(containers(&dump), expected, "{status}");
        assert_eq!(get(&dump, "Pod", POD).text("/status/phase"), "Pending");
    }
    let code = |status: &str| {
        let dump = with(&format!("0/1   {status}   2   3m"), "");
        at(
            get(&dump, "Pod", POD),
            "/status/initContainerStatuses/0/state/terminated/exitCode",
        )
    };
    assert_eq!(code("Init:ExitCode:3"), json!(3));
    assert_eq!(code("Init:Signal:9"), json!(137));
    assert_eq!(code("Init:Error"), Value::Null);
}

#[test]
fn the_log_of_all_containers_is_that_of_the_only_one_that_has_run() {
    let describe = |second: &str| {
        format!(
            "$ kubectl describe pod a -n shop\nName:  a\nNamespace:  shop\nNode:  n/10.0.0.1\nInit Containers:\n  first:\n    State:  Terminated\n      Reason:  Error\n      Exit Code:  1\nContainers:\n  second:\n    State:  {second}\n$ kubectl logs a -n shop --all-containers\nboom\nError from server (BadRequest): container \"second\" in pod \"a\" is waiting to start: PodInitializing\n"
        )
    };
    let dump = stream(&describe("Waiting\n      Reason:  PodInitializing"));
    let (key, seen) = dump.snapshot.logs().next().unwrap();
    assert_eq!(key.container, "first");
    assert_eq!(*seen, facts::LogSeen::Text("boom".into()));
    let dump = stream(&describe(
        "Running\n      Started:  Fri, 02 Jan 2026 15:00:00 +0000",
    ));
    assert_eq!(dump.snapshot.logs().count(), 0);
    assert!(said(&dump, "which line is whose is not told"));
}

#[test]
fn labels_that_a_selector_demands_are_known_and_marked_as_not_all() {
    let table = "$ kubectl get deploy,pods -n shop -o wide\nNAME                  READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR\ndeployment.apps/web   1/1     1            1           3m    engine       e:1      app=web\n\nNAME                       READY   STATUS    RESTARTS   AGE   IP         NODE   NOMINATED NODE   READINESS GATES\npod/web-6b89fc455d-fdsll   1/1     Running   0          3m    10.1.0.7   n      <none>           <none>\n";
    let dump = stream(table);
    let pod = get(&dump, "Pod", POD);
    assert_eq!(at(pod, "/metadata/labels/app"), json!("web"));
    assert!(pod.may_have_more_labels("/metadata/labels"));
    let shown = stream(&format!(
        "{table}$ kubectl get pods -n shop --show-labels\nNAME                   READY   STATUS    RESTARTS   AGE   LABELS\nweb-6b89fc455d-fdsll   1/1     Running   0          3m    app=web,tier=front,pod-template-hash=6b89fc455d\n"
    ));
    assert!(!get(&shown, "Pod", POD).may_have_more_labels("/metadata/labels"));
    // What its pods have, a workload gives them, but for what controllers add.
    let web = get(&shown, "Deployment", "web");
    assert_eq!(
        at(web, "/spec/template/metadata/labels"),
        json!({"app": "web", "tier": "front"})
    );
    let none = stream(
        "$ kubectl get pods -n shop --show-labels\nNAME   READY   STATUS    RESTARTS   AGE   LABELS\nx      1/1     Running   0          3m    <none>\n",
    );
    assert!(!get(&none, "Pod", "x").may_have_more_labels("/metadata/labels"));
}

#[test]
fn endpoints_of_a_table_are_those_of_their_service() {
    let dump = stream(
        "$ kubectl get endpoints -n shop\nNAME   ENDPOINTS       AGE\nweb    <none>          5d\ndb     10.1.0.8:5432   5d\n",
    );
    get(&dump, "Service", "web");
    let slice = |name: &str| at(get(&dump, "EndpointSlice", name), "/endpoints");
    assert_eq!(slice("web-shown"), json!([]));
    assert_eq!(slice("db-shown").as_array().map(Vec::len), Some(1));
    assert!(dump.snapshot.get("Service", "shop", "other").is_unknown());
    // Where all Services were shown, endpoints of another name are none of theirs.
    let dump = stream(
        "$ kubectl get endpoints,svc -n shop\nNAME             ENDPOINTS   AGE\nendpoints/lock   <none>      5d\n\nNAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nservice/web   ClusterIP   10.0.0.1     <none>        80/TCP    5d\n",
    );
    assert!(dump.snapshot.get("Service", "shop", "lock").is_absent());
}

#[test]
fn what_an_autoscaler_of_a_table_measures_and_what_it_does_not_is_kept() {
    let hpa = |targets: &str| {
        let dump = stream(&format!(
            "$ kubectl get hpa -n shop\nNAME   REFERENCE        TARGETS   MINPODS   MAXPODS   REPLICAS   AGE\nx\tDeployment/api\t{targets}\t1\t5\t2\t5d\n"
        ));
        let hpa = get(&dump, "HorizontalPodAutoscaler", "x");
        (
            at(hpa, "/spec/metrics/0/resource"),
            at(hpa, "/status/currentMetrics"),
        )
    };
    let cpu = json!({"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}});
    assert_eq!(hpa("cpu: <unknown>/80%"), (cpu.clone(), json!([])));
    let (spec, current) = hpa("cpu: 95%/80%, memory: <unknown>/60%");
    assert_eq!(spec, cpu);
    assert_eq!(
        current,
        json!([{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 95}}}])
    );
    let (spec, _) = hpa("<unknown>/80%");
    assert_eq!(spec["name"], "");
}

#[test]
fn the_default_among_classes_is_read_behind_its_name() {
    let dump = stream(
        "$ kubectl get sc\nNAME             PROVISIONER   RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE\nfast (default)   a.b/c         Delete          Immediate           true                   5d\n",
    );
    let class = get(&dump, "StorageClass", "fast");
    let mark = "storageclass.kubernetes.io/is-default-class";
    assert_eq!(class.annotation(mark), Some("true"));
}

#[test]
fn a_job_that_a_cron_job_numbers_is_its() {
    let dump = stream(
        "$ kubectl get jobs,cronjobs -n shop\nNAME                        STATUS   COMPLETIONS   DURATION   AGE\njob.batch/backup-29920994   Failed   0/1           40s        2m\n\nNAME                   SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\ncronjob.batch/backup   * * * * *   <none>     False     0        20s             3m\n",
    );
    let job = get(&dump, "Job", "backup-29920994");
    assert_eq!(
        job.controller(),
        Some(get(&dump, "CronJob", "backup").uid())
    );
}

#[test]
fn a_description_of_an_ingress_tells_which_service_is_not_there() {
    let dump = stream(
        "$ kubectl describe ingress shop -n shop\nName:             shop\nNamespace:        shop\nAddress:\nIngress Class:    nginx\nRules:\n  Host          Path  Backends\n  ----          ----  --------\n  shop.example\n                /   webshop:80 (<error: services \"webshop\" not found>)\n",
    );
    assert!(dump.snapshot.get("Service", "shop", "webshop").is_absent());
    assert!(dump.snapshot.get("Service", "shop", "other").is_unknown());
}

#[test]
fn the_container_that_an_event_of_a_description_is_about_is_no_part_of_its_words() {
    let dump = stream(
        "$ kubectl describe pod a -n shop\nName:  a\nNamespace:  shop\nNode:  n/10.0.0.1\nContainers:\n  web:\n    Image:  x\nEvents:\n  Type     Reason   Age   From     Message\n  ----     ------   ----  ----     -------\n  Warning  BackOff  13s   kubelet  spec.containers{web}: Back-off restarting failed container web in pod a\n",
    );
    let pod = get(&dump, "Pod", "a");
    let event = dump.snapshot.events_about(pod.uid()).next().unwrap();
    assert_eq!(
        event.text("/message"),
        "Back-off restarting failed container web in pod a"
    );
    assert_eq!(
        event.text("/involvedObject/fieldPath"),
        "spec.containers{web}"
    );
}

#[test]
fn descriptions_of_several_kinds_are_told_apart() {
    let dump = stream(
        "$ kubectl describe pdb,quota,limits -n shop\nName:           web\nNamespace:      shop\nMin available:  1\nSelector:       app=web\nStatus:\n    Allowed disruptions:  1\n    Current:              2\n\n\nName:       small\nNamespace:  shop\nResource    Used  Hard\n--------    ----  ----\npods        1     1\n\n\nName:       bounds\nNamespace:  shop\nType        Resource  Min  Max   Default Request  Default Limit  Max Limit/Request Ratio\n----        --------  ---  ---   ---------------  -------------  -----------------------\nContainer   memory    -    64Mi  64Mi             64Mi           -\n",
    );
    get(&dump, "PodDisruptionBudget", "web");
    let quota = get(&dump, "ResourceQuota", "small");
    assert_eq!(at(quota, "/status/hard/pods"), json!("1"));
    get(&dump, "LimitRange", "bounds");
    assert!(dump.notes.is_empty(), "{:?}", dump.notes);
}
