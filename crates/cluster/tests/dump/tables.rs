//! Tables of `kubectl get` become their objects, as far as their columns go.

use model::Timestamp;
use serde_json::{Value, json};

use super::stream;
use super::transcripts::{at, get};

pub(super) const TABLE: &str = "NAME                  READY   STATUS             RESTARTS       AGE\napi-7d9f8b6c5-x2x4z   0/1     CrashLoopBackOff   27 (43s ago)   2d\n";

#[test]
fn a_row_of_a_table_becomes_a_pod_with_guessed_owners() {
    let text = format!("$ kubectl get pods -n shop\n{TABLE}");
    for text in [
        text.clone(),
        text.replace("$ ", "me@host:~$ "),
        text.replace("$ ", "# "),
        text.replace("kubectl get pods -n shop", "k -n shop get PO"),
        text.replace("kubectl get pods -n shop", "oc get Pod --namespace=shop"),
        text.replace("kubectl get pods -n shop", "watch kubectl get po -nshop"),
        text.replace("$ kubectl", "kubectl"),
        text.replace("0/1", "\u{1b}[31m0/1\u{1b}[0m"),
        text.replace('\n', "\r\n"),
        format!("Look at this:\n\n```console\n{text}```\nWhat now?\n"),
    ] {
        let dump = stream(&text);
        let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
        assert_eq!(pod.namespace(), "shop", "{text}");
        assert_eq!(
            at(pod, "/status/containerStatuses/0/state/waiting/reason"),
            json!("CrashLoopBackOff")
        );
        assert_eq!(
            at(pod, "/status/containerStatuses/0/restartCount"),
            json!(27)
        );
        assert_eq!(pod.annotation("kintsugi.dev/guessed"), Some("owner"));
        let set = get(&dump, "ReplicaSet", "api-7d9f8b6c5");
        assert_eq!(
            pod.controller(),
            Some("guessed:ReplicaSet/shop/api-7d9f8b6c5")
        );
        assert_eq!(set.controller(), Some("guessed:Deployment/shop/api"));
        assert!(
            dump.snapshot.get("Pod", "shop", "other").is_absent(),
            "{text}"
        );
        assert!(dump.snapshot.get("Pod", "default", "other").is_unknown());
        assert_eq!(
            dump.snapshot.taken(),
            Timestamp::parse("2000-01-01T00:00:00Z")
        );
        assert_eq!(
            pod.text("/metadata/creationTimestamp"),
            "1999-12-30T00:00:00Z"
        );
    }
}

#[test]
fn rows_without_their_header_are_read_and_prove_no_absence() {
    for text in [
        "$ kubectl get pods -n shop | grep api\napi-7d9f8b6c5-x2x4z   0/1     CrashLoopBackOff   27 (43s ago)   2d\n",
        "$ kubectl get pods -A | grep api\nshop   api-7d9f8b6c5-x2x4z   0/1     CrashLoopBackOff   27 (43s ago)   2d\n",
        "$ kubectl get pods -A -o wide | grep api\nshop   api-7d9f8b6c5-x2x4z   0/1   CrashLoopBackOff   27 (43s ago)   2d   10.1.0.7   node-1   <none>   <none>\n",
        "$ kubectl get pods -l app=api -n shop\nNAME READY STATUS RESTARTS AGE\napi-7d9f8b6c5-x2x4z 0/1 CrashLoopBackOff 27 (43s ago) 2d\n",
    ] {
        let dump = stream(text);
        let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
        assert_eq!(pod.namespace(), "shop", "{text}");
        assert_eq!(
            at(pod, "/status/containerStatuses/0/restartCount"),
            json!(27),
            "{text}"
        );
        assert!(
            dump.snapshot.get("Pod", "shop", "other").is_unknown(),
            "{text}"
        );
    }
}

#[test]
fn the_status_of_a_row_is_told_as_the_api_server_tells_it() {
    for (status, ready, pointer, expected) in [
        ("Pending", "0/1", "/status/phase", json!("Pending")),
        ("Pending", "0/1", "/status/containerStatuses", Value::Null),
        ("Completed", "0/1", "/status/phase", json!("Succeeded")),
        ("Evicted", "0/1", "/status/reason", json!("Evicted")),
        (
            "OOMKilled",
            "0/1",
            "/status/containerStatuses/0/state/terminated/exitCode",
            json!(137),
        ),
        (
            "ImagePullBackOff",
            "0/1",
            "/status/containerStatuses/0/state/waiting/reason",
            json!("ImagePullBackOff"),
        ),
        (
            "Running",
            "1/1",
            "/status/containerStatuses/0/ready",
            json!(true),
        ),
        (
            "Running",
            "1/2",
            "/status/containerStatuses/0/ready",
            json!(false),
        ),
        (
            "Running",
            "1/2",
            "/status/containerStatuses/1/ready",
            json!(true),
        ),
        (
            "Init:CrashLoopBackOff",
            "0/1",
            "/status/initContainerStatuses/0/state/waiting/reason",
            json!("CrashLoopBackOff"),
        ),
        (
            "Init:1/2",
            "0/1",
            "/status/initContainerStatuses/0/ready",
            json!(true),
        ),
        (
            "Init:1/2",
            "0/1",
            "/status/initContainerStatuses/1/state/running",
            json!({}),
        ),
    ] {
        let dump = stream(&format!(
            "$ kubectl get pods -n shop\nNAME   READY   STATUS   RESTARTS   AGE\nweb    {ready}   {status}   0   5m\n"
        ));
        assert_eq!(
            at(get(&dump, "Pod", "web"), pointer),
            expected,
            "{status} {pointer}"
        );
    }
    let dump = stream(
        "$ kubectl get pods -n shop\nNAME   READY   STATUS        RESTARTS   AGE\nweb    1/1     Terminating   0          5m\n",
    );
    assert!(
        get(&dump, "Pod", "web")
            .at("/metadata/deletionTimestamp")
            .is_some()
    );
}

#[test]
fn tables_of_every_kind_become_their_objects() {
    let table = [
        (
            "deploy",
            "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nx      1/3     2            1           5d\n",
            "Deployment",
            "/spec/replicas",
            json!(3),
        ),
        (
            "rs",
            "NAME   DESIRED   CURRENT   READY   AGE\nx      3         2         1       5d\n",
            "ReplicaSet",
            "/status/readyReplicas",
            json!(1),
        ),
        (
            "sts",
            "NAME   READY   AGE\nx      0/2     5d\n",
            "StatefulSet",
            "/status/readyReplicas",
            json!(0),
        ),
        (
            "ds",
            "NAME   DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE\nx      3         3         1       3            1           disk=ssd        5d\n",
            "DaemonSet",
            "/status/numberReady",
            json!(1),
        ),
        (
            "jobs",
            "NAME   STATUS   COMPLETIONS   DURATION   AGE\nx      Failed   0/1           5m         5m\n",
            "Job",
            "/status/conditions/0/type",
            json!("Failed"),
        ),
        (
            "cj",
            "NAME   SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\nx      * * * * *   <none>     True      0        5m              5d\n",
            "CronJob",
            "/spec/suspend",
            json!(true),
        ),
        (
            "svc",
            "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)             AGE   SELECTOR\nx      ClusterIP   10.0.0.1     <none>        80/TCP,443:30443/TCP   5d    app=x,tier=y\n",
            "Service",
            "/spec/ports/0/port",
            json!(80),
        ),
        (
            "svc",
            "NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE\nx      LoadBalancer   10.0.0.1     <pending>     80:30080/TCP   5d\n",
            "Service",
            "/status",
            Value::Null,
        ),
        (
            "ep",
            "NAME   ENDPOINTS                     AGE\nx      10.1.0.1:80,10.1.0.2:80       5d\n",
            "Endpoints",
            "/subsets/0/addresses/1/ip",
            json!("10.1.0.2"),
        ),
        (
            "ing",
            "NAME   CLASS   HOSTS         ADDRESS   PORTS   AGE\nx      nginx   shop.example            80      5d\n",
            "Ingress",
            "/spec/rules/0/host",
            json!("shop.example"),
        ),
        (
            "no",
            "NAME   STATUS                        ROLES    AGE   VERSION\nx      NotReady,SchedulingDisabled   worker   5d    v1.36.3\n",
            "Node",
            "/status/conditions/0",
            json!({"type": "Ready", "status": "False"}),
        ),
        (
            "pvc",
            "NAME   STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\nx      Pending                                      fast           5d\n",
            "PersistentVolumeClaim",
            "/spec/storageClassName",
            json!("fast"),
        ),
        (
            "hpa",
            "NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE\nx      Deployment/api   cpu: <unknown>/80%   1         5         2          5d\n",
            "HorizontalPodAutoscaler",
            "/spec/scaleTargetRef/name",
            json!("api"),
        ),
        (
            "pdb",
            "NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE\nx      2               N/A               0                     5d\n",
            "PodDisruptionBudget",
            "/spec/minAvailable",
            json!(2),
        ),
        (
            "quota",
            "NAME   AGE   REQUEST                       LIMIT\nx      5d    pods: 3/3, requests.cpu: 1/2   limits.memory: 1Gi/1Gi\n",
            "ResourceQuota",
            "/status/used/pods",
            json!("3"),
        ),
        (
            "ns",
            "NAME   STATUS        AGE\nx      Terminating   5d\n",
            "Namespace",
            "/status/phase",
            json!("Terminating"),
        ),
        (
            "sc",
            "NAME   PROVISIONER   RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE\nx      a.b/c         Delete          Immediate           true                   5d\n",
            "StorageClass",
            "/provisioner",
            json!("a.b/c"),
        ),
    ];
    for (asked, output, kind, pointer, expected) in table {
        let dump = stream(&format!("$ kubectl get {asked} -n shop -o wide\n{output}"));
        assert_eq!(at(get(&dump, kind, "x"), pointer), expected, "{kind}");
        let other = dump
            .snapshot
            .get(kind, get(&dump, kind, "x").namespace(), "other");
        assert!(other.is_absent(), "{kind}");
    }
}

#[test]
fn several_tables_in_one_output_are_told_apart() {
    let dump = stream(
        "$ kubectl get all -n shop\nNAME        READY   STATUS    RESTARTS   AGE\npod/web-0   1/1     Running   0          5m\n\nNAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nservice/web   ClusterIP   10.0.0.1     <none>        80/TCP    5m\n\nNAME                   READY   AGE\nstatefulset.apps/web   1/1     5m\n",
    );
    for kind in ["Service", "StatefulSet"] {
        get(&dump, kind, "web");
    }
    assert_eq!(
        get(&dump, "Pod", "web-0").controller(),
        Some(get(&dump, "StatefulSet", "web").uid())
    );
    assert!(dump.snapshot.get("Deployment", "shop", "x").is_absent());
    assert!(dump.snapshot.get("ConfigMap", "shop", "x").is_unknown());
}
