//! What people paste is read as far as it goes, in every form in which it comes.

use cluster::dump::{self, Dump, Limits};
use facts::{LogKey, LogSeen, Object};
use model::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{read, said, stream};

fn get<'a>(dump: &'a Dump, kind: &str, name: &str) -> &'a Object {
    let found = dump
        .snapshot
        .of_kind(kind, None)
        .find(|object| object.name() == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}: {:?}", dump.notes))
}

fn at(object: &Object, pointer: &str) -> Value {
    object.at(pointer).cloned().unwrap_or(Value::Null)
}

const POD: &str = "$ kubectl describe pod api-7d9f8b6c5-x2x4z -n shop
Name:             api-7d9f8b6c5-x2x4z
Namespace:        shop
Priority:         0
Service Account:  robot
Node:             node-1/10.0.0.5
Start Time:       Fri, 02 Jan 2026 15:00:00 +0000
Labels:           app=api
                  pod-template-hash=7d9f8b6c5
Annotations:      <none>
Status:           Running
IP:               10.1.0.7
Controlled By:    ReplicaSet/api-7d9f8b6c5
Init Containers:
  setup:
    Image:          busybox
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
    Ready:          True
    Restart Count:  0
Containers:
  api:
    Container ID:  containerd://abc
    Image:         shop/api:1.2
    Ports:         8080/TCP (http), 9090/TCP
    Host Ports:    0/TCP, 0/TCP
    Command:
      sh
      -c
      exec run --flag: yes
      done
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Message:      panic: no \\\"database\\\"
goroutine 1 [running]:
      Exit Code:    2
      Started:      Fri, 02 Jan 2026 15:03:00 +0000
      Finished:     Fri, 02 Jan 2026 15:03:05 +0000
    Ready:          False
    Restart Count:  7
    Limits:
      cpu:     500m
      memory:  128Mi
    Liveness:   http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3
    Readiness:  tcp-socket :http delay=0s timeout=1s period=10s #success=1 #failure=3
    Environment Variables from:
      api-config  ConfigMap  Optional: false
    Environment:
      DB_HOST:   db:5432
      PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false
      MODE:      <set to the key 'mode' of config map 'modes'>  Optional: true
      MY_IP:      (v1:status.podIP)
    Mounts:
      /etc/config from config (ro)
Conditions:
  Type              Status
  Ready             False 
  PodScheduled      True 
Volumes:
  config:
    Type:      ConfigMap (a volume populated by a ConfigMap)
    Name:      api-files
    Optional:  false
  data:
    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)
    ClaimName:  api-data
    ReadOnly:   false
Node-Selectors:  disk=ssd
Tolerations:     node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
  Type     Reason     Age                    From               Message
  ----     ------     ----                   ----               -------
  Normal   Scheduled  58m                    default-scheduler  Successfully assigned shop/api-7d9f8b6c5-x2x4z to node-1
  Warning  BackOff    3m30s (x256 over 58m)  kubelet            Back-off restarting failed container api in pod api-7d9f8b6c5-x2x4z_shop(1)
";

#[test]
fn a_described_pod_is_the_pod_that_the_api_server_would_show() {
    let dump = stream(POD);
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(pod.namespace(), "shop");
    for (pointer, expected) in [
        ("/spec/nodeName", json!("node-1")),
        ("/spec/serviceAccountName", json!("robot")),
        ("/spec/nodeSelector/disk", json!("ssd")),
        ("/metadata/labels/app", json!("api")),
        ("/status/phase", json!("Running")),
        ("/status/startTime", json!("2026-01-02T15:00:00Z")),
        ("/spec/initContainers/0/name", json!("setup")),
        (
            "/status/initContainerStatuses/0/state/terminated/exitCode",
            json!(0),
        ),
        (
            "/spec/containers/0/command",
            json!(["sh", "-c", "exec run --flag: yes\ndone"]),
        ),
        (
            "/spec/containers/0/ports/0",
            json!({"containerPort": 8080, "protocol": "TCP", "name": "http"}),
        ),
        ("/spec/containers/0/resources/limits/memory", json!("128Mi")),
        ("/spec/containers/0/livenessProbe/httpGet/port", json!(8080)),
        (
            "/spec/containers/0/livenessProbe/httpGet/path",
            json!("/healthz"),
        ),
        (
            "/spec/containers/0/livenessProbe/initialDelaySeconds",
            json!(5),
        ),
        (
            "/spec/containers/0/readinessProbe/tcpSocket/port",
            json!("http"),
        ),
        (
            "/spec/containers/0/envFrom/0/configMapRef/name",
            json!("api-config"),
        ),
        (
            "/spec/containers/0/env/0",
            json!({"name": "DB_HOST", "value": "db:5432"}),
        ),
        (
            "/spec/containers/0/env/1/valueFrom/secretKeyRef",
            json!({"name": "db", "key": "password"}),
        ),
        (
            "/spec/containers/0/env/2/valueFrom/configMapKeyRef/optional",
            json!(true),
        ),
        (
            "/spec/containers/0/env/3/valueFrom/fieldRef/fieldPath",
            json!("status.podIP"),
        ),
        (
            "/spec/containers/0/volumeMounts/0",
            json!({"mountPath": "/etc/config", "name": "config", "readOnly": true}),
        ),
        ("/spec/volumes/0/configMap/name", json!("api-files")),
        (
            "/spec/volumes/1/persistentVolumeClaim/claimName",
            json!("api-data"),
        ),
        (
            "/status/containerStatuses/0/state/waiting/reason",
            json!("CrashLoopBackOff"),
        ),
        ("/status/containerStatuses/0/restartCount", json!(7)),
        (
            "/status/containerStatuses/0/lastState/terminated/exitCode",
            json!(2),
        ),
        (
            "/status/containerStatuses/0/lastState/terminated/finishedAt",
            json!("2026-01-02T15:03:05Z"),
        ),
        (
            "/status/conditions/0",
            json!({"type": "Ready", "status": "False"}),
        ),
        ("/metadata/annotations/kintsugi.dev~1guessed", Value::Null),
    ] {
        assert_eq!(at(pod, pointer), expected, "{pointer}");
    }
    let message = at(
        pod,
        "/status/containerStatuses/0/lastState/terminated/message",
    )
    .to_string();
    assert!(message.contains("goroutine 1"), "{message}");
    let set = get(&dump, "ReplicaSet", "api-7d9f8b6c5");
    assert_eq!(pod.controller(), Some(set.uid()));
    assert_eq!(
        set.controller(),
        Some(get(&dump, "Deployment", "api").uid())
    );
    let events: Vec<&Object> = dump.snapshot.events_about(pod.uid()).collect();
    assert_eq!(events.len(), 2);
    let back_off = events
        .iter()
        .find(|event| event.text("/reason") == "BackOff")
        .unwrap();
    assert_eq!(back_off.int("/count"), Some(256));
    // Scheduled 58 minutes ago, at its start: so the time is 15:58, and the last one 3m30s before.
    assert_eq!(
        dump.snapshot.taken(),
        Timestamp::parse("2026-01-02T15:58:00Z")
    );
    assert_eq!(back_off.text("/lastTimestamp"), "2026-01-02T15:54:30Z");
}

#[test]
fn prefixes_of_a_transcript_are_read() {
    for end in (0..POD.len())
        .step_by(5)
        .filter(|end| POD.is_char_boundary(*end))
    {
        let _ = dump::read_stream(&POD.as_bytes()[..end], &Limits::default());
    }
}

const TABLE: &str = "NAME                  READY   STATUS             RESTARTS       AGE\napi-7d9f8b6c5-x2x4z   0/1     CrashLoopBackOff   27 (43s ago)   2d\n";

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

#[test]
fn the_absence_of_things_is_told_by_the_servers_own_words() {
    let dump = stream(
        "$ kubectl get cm api-config -n shop\nError from server (NotFound): configmaps \"api-config\" not found\n$ kubectl get pvc -n shop\nNo resources found in shop namespace.\n$ kubectl get netpol -A\nNo resources found\n$ kubectl get secret -l app=x -n shop\nNo resources found in shop namespace.\n$ kubectl get nodes\nError from server (Forbidden): nodes is forbidden: User \"me\" cannot list resource\n",
    );
    assert!(
        dump.snapshot
            .get("ConfigMap", "shop", "api-config")
            .is_absent()
    );
    assert!(dump.snapshot.get("ConfigMap", "shop", "other").is_unknown());
    assert!(
        dump.snapshot
            .get("PersistentVolumeClaim", "shop", "x")
            .is_absent()
    );
    assert!(
        dump.snapshot
            .get("PersistentVolumeClaim", "other", "x")
            .is_unknown()
    );
    assert!(dump.snapshot.get("NetworkPolicy", "other", "x").is_absent());
    assert!(dump.snapshot.get("Secret", "shop", "x").is_unknown());
    assert!(dump.snapshot.get("Node", "", "x").is_unknown());
    assert!(said(&dump, "nodes is forbidden"));
    let shown = stream(
        "$ kubectl get cm a -n shop\nError from server (NotFound): configmaps \"a\" not found\n$ kubectl get cm a -n shop\nNAME   DATA   AGE\na      1      5s\n",
    );
    assert!(shown.snapshot.get("ConfigMap", "shop", "a").is_present());
}

#[test]
fn logs_find_their_pod_container_and_life() {
    let key = |container: &str, previous| LogKey {
        namespace: "shop".into(),
        pod: "api-7d9f8b6c5-x2x4z".into(),
        container: container.into(),
        previous,
    };
    let text = format!("$ kubectl get pods -n shop\n{TABLE}
$ kubectl logs api-7d9f8b6c5-x2x4z -n shop -c web --previous
<html>{{\"level\":\"error\"}}
boom
$ kubectl logs -n shop deploy/api
Defaulted container \"web\" out of: web, side
listening
$ kubectl logs api-7d9f8b6c5-x2x4z -n shop -c side
Error from server (BadRequest): container \"side\" in pod \"api-7d9f8b6c5-x2x4z\" is waiting to start: PodInitializing
$ kubectl logs -l app=api -n shop --prefix
[pod/other-1/main] one
[pod/other-2/main] two
");
    let dump = stream(&text);
    let log = |key: &LogKey| dump.snapshot.log(key).present().map(str::to_owned);
    assert!(log(&key("web", true)).unwrap().contains("boom"));
    assert!(log(&key("web", false)).unwrap().contains("listening"));
    assert!(dump.snapshot.log(&key("side", false)).is_absent());
    assert_eq!(
        log(&LogKey::current("shop", "other-2", "main")).as_deref(),
        Some("two\n")
    );
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(
        at(pod, "/spec/containers/0/name"),
        json!("web"),
        "a log names the container of a row"
    );
    let absent = dump
        .snapshot
        .logs()
        .filter(|(_, seen)| matches!(seen, LogSeen::Absent(_)))
        .count();
    assert_eq!(absent, 1);
}

#[test]
fn two_looks_that_disagree_are_said_and_the_later_and_fuller_leads() {
    let text = format!(
        "$ kubectl get pods -n shop\nNAME                  READY   STATUS              RESTARTS   AGE\napi-7d9f8b6c5-x2x4z   0/1     ContainerCreating   0          5s\n{POD}"
    );
    let dump = stream(&text);
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(
        at(pod, "/status/containerStatuses/0/state/waiting/reason"),
        json!("CrashLoopBackOff")
    );
    assert!(
        said(
            &dump,
            "disagree: `ContainerCreating`, then `CrashLoopBackOff`"
        ),
        "{:?}",
        dump.notes
    );
}

#[test]
fn events_of_tables_are_tied_to_what_they_are_about() {
    for text in [
        "$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON    OBJECT      MESSAGE\n3m30s       Warning   Failed    pod/web-0   Failed to pull image \"x\": not found\n",
        "$ kubectl events --for pod/web-0 -n shop\nLAST SEEN               TYPE      REASON    OBJECT      MESSAGE\n3m30s (x4 over 58m)     Warning   Failed    Pod/web-0   Failed to pull image \\\"x\\\": not found\n",
        "$ kubectl get events -A | grep web\nshop   3m30s   Warning   Failed   pod/web-0   Failed to pull image \"x\": not found\n",
    ] {
        let dump = stream(&format!(
            "{text}$ kubectl get pod web-0 -n shop\nNAME    READY   STATUS         RESTARTS   AGE\nweb-0   0/1     ErrImagePull   0          5m\n"
        ));
        let pod = get(&dump, "Pod", "web-0");
        let events: Vec<&Object> = dump.snapshot.events_about(pod.uid()).collect();
        assert_eq!(events.len(), 1, "{text}");
        assert_eq!(
            events[0].text("/message"),
            "Failed to pull image \"x\": not found"
        );
        assert_eq!(events[0].text("/lastTimestamp"), "1999-12-31T23:56:30Z");
    }
}

#[test]
fn yaml_and_json_in_a_transcript_are_whole_objects() {
    let yaml = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\n  uid: u1\nspec:\n  selector:\n    app: web\n";
    let dump = stream(&format!(
        "$ kubectl get svc web -n shop -o yaml\n{yaml}$ kubectl get pods -n shop -o json\n{}\n",
        super::list(&[super::pod("shop", "a")])
    ));
    assert_eq!(get(&dump, "Service", "web").uid(), "u1");
    assert!(dump.snapshot.get("Service", "shop", "x").is_unknown());
    assert!(dump.snapshot.get("Pod", "shop", "x").is_absent());
}

#[test]
fn descriptions_of_other_kinds_become_their_objects() {
    let table = [
        (
            "svc web",
            "Name:              web\nNamespace:         shop\nSelector:          app=web\nType:              ClusterIP\nIP:                10.0.0.1\nPort:              http  80/TCP\nTargetPort:        web/TCP\nEndpoints:         <none>\nSession Affinity:  None\n",
            "Service",
            "web",
            "/spec/ports/0",
            json!({"port": 80, "protocol": "TCP", "name": "http", "targetPort": "web"}),
        ),
        (
            "deploy web",
            "Name:                   web\nNamespace:              shop\nSelector:               app=web\nReplicas:               3 desired | 1 updated | 4 total | 2 available | 2 unavailable\nStrategyType:           RollingUpdate\nPod Template:\n  Labels:  app=web\n  Containers:\n   web:\n    Image:      web:1\nConditions:\n  Type           Status  Reason\n  ----           ------  ------\n  Progressing    False   ProgressDeadlineExceeded\nOldReplicaSets:  web-1 (2/2 replicas created)\nNewReplicaSet:   web-2 (1/1 replicas created)\n",
            "Deployment",
            "web",
            "/status/conditions/0/reason",
            json!("ProgressDeadlineExceeded"),
        ),
        (
            "pvc data",
            "Name:          data\nNamespace:     shop\nStorageClass:  fast\nStatus:        Pending\nVolume:        \nCapacity:      \nAccess Modes:  RWO\n",
            "PersistentVolumeClaim",
            "data",
            "/spec/accessModes",
            json!(["ReadWriteOnce"]),
        ),
        (
            "node n1",
            "Name:               n1\nTaints:             a=b:NoSchedule\n                    c:NoExecute\nUnschedulable:      true\nConditions:\n  Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason              Message\n  ----             ------  -----------------                 ------------------                ------              -------\n  Ready            False   Fri, 02 Jan 2026 15:04:05 +0000   Fri, 02 Jan 2026 15:00:00 +0000   KubeletNotReady     container runtime is down\nCapacity:\n  cpu:  4\nAllocatable:\n  cpu:  3500m\n",
            "Node",
            "n1",
            "/status/conditions/0/message",
            json!("container runtime is down"),
        ),
        (
            "node n1",
            "Name:               n1\nTaints:             a=b:NoSchedule\n                    c:NoExecute\nCapacity:\n  cpu:  4\nAllocatable:\n  cpu:  3500m\n",
            "Node",
            "n1",
            "/spec/taints/1",
            json!({"key": "c", "effect": "NoExecute"}),
        ),
        (
            "ing web",
            "Name:             web\nNamespace:        shop\nAddress:          \nIngress Class:    nginx\nDefault backend:  <default>\nTLS:\n  web-tls terminates shop.example\nRules:\n  Host          Path  Backends\n  ----          ----  --------\n  shop.example  \n                /     web:80 (10.1.0.5:8080)\n                /api   api:http (<error: services \"api\" not found>)\n",
            "Ingress",
            "web",
            "/spec/rules/0/http/paths/1/backend/service",
            json!({"name": "api", "port": {"name": "http"}}),
        ),
        (
            "hpa web",
            "Name:         web\nNamespace:    shop\nReference:    Deployment/web\nMetrics:      ( current / target )\n  resource cpu on pods  (as a percentage of request):  <unknown> / 80%\nMin replicas: 1\nMax replicas: 5\nDeployment pods: 2 current / 0 desired\nConditions:\n  Type           Status  Reason                   Message\n  ----           ------  ------                   -------\n  ScalingActive  False   FailedGetResourceMetric  no metrics\n",
            "HorizontalPodAutoscaler",
            "web",
            "/spec/metrics/0/resource/target/averageUtilization",
            json!(80),
        ),
        (
            "pdb web",
            "Name:           web\nNamespace:      shop\nMin available:  2\nSelector:       app=web\nStatus:\n    Allowed disruptions:  0\n    Current:              2\n",
            "PodDisruptionBudget",
            "web",
            "/status/disruptionsAllowed",
            json!(0),
        ),
        (
            "quota q",
            "Name:       q\nNamespace:  shop\nResource    Used  Hard\n--------    ----  ----\npods        3     3\nlimits.cpu  1     2\n",
            "ResourceQuota",
            "q",
            "/status/used",
            json!({"pods": "3", "limits.cpu": "1"}),
        ),
        (
            "limits l",
            "Name:       l\nNamespace:  shop\nType        Resource  Min  Max   Default Request  Default Limit  Max Limit/Request Ratio\n----        --------  ---  ---   ---------------  -------------  -----------------------\nContainer   memory    -    64Mi  32Mi             64Mi           -\n",
            "LimitRange",
            "l",
            "/spec/limits/0",
            json!({"type": "Container", "max": {"memory": "64Mi"}, "defaultRequest": {"memory": "32Mi"}, "default": {"memory": "64Mi"}}),
        ),
        (
            "netpol p",
            "Name:         p\nNamespace:    shop\nSpec:\n  PodSelector:     app=web\n  Allowing ingress traffic:\n    To Port: 8080/TCP\n    From:\n      PodSelector: app=api\n  Not affecting egress traffic\n  Policy Types: Ingress\n",
            "NetworkPolicy",
            "p",
            "/spec/ingress",
            json!([{"ports": [{"port": 8080, "protocol": "TCP"}], "from": [{"podSelector": {"matchLabels": {"app": "api"}}}]}]),
        ),
        (
            "cm c",
            "Name:         c\nNamespace:    shop\n\nData\n====\nA_KEY:\n----\nName: hunter2\nkey: value\n\nother.conf:\n----\nx\n\n\nBinaryData\n====\n\nEvents:  <none>\n",
            "ConfigMap",
            "c",
            "/data",
            json!({"A_KEY": "", "other.conf": ""}),
        ),
        (
            "job j",
            "Name:             j\nNamespace:        shop\nParallelism:      1\nCompletions:      1\nPods Statuses:    0 Active (0 Ready) / 0 Succeeded / 4 Failed\nEvents:\n  Type     Reason                Age   From            Message\n  ----     ------                ----  ----            -------\n  Warning  BackoffLimitExceeded  5m    job-controller  Job has reached the specified backoff limit\n",
            "Job",
            "j",
            "/status/conditions/0/reason",
            json!("BackoffLimitExceeded"),
        ),
        (
            "sa s",
            "Name:                s\nNamespace:           shop\nImage pull secrets:  regcred (not found)\nMountable secrets:   <none>\n",
            "ServiceAccount",
            "s",
            "/imagePullSecrets/0/name",
            json!("regcred"),
        ),
    ];
    for (asked, output, kind, name, pointer, expected) in table {
        let dump = stream(&format!("$ kubectl describe {asked} -n shop\n{output}"));
        assert_eq!(
            at(get(&dump, kind, name), pointer),
            expected,
            "{kind} {pointer}"
        );
        // Without the command, its form tells the kind.
        if !matches!(
            kind,
            "ResourceQuota" | "LimitRange" | "PodDisruptionBudget" | "Job" | "Node"
        ) {
            let bare = stream(output);
            assert_eq!(at(get(&bare, kind, name), pointer), expected, "bare {kind}");
        }
    }
    let dump = stream(&format!(
        "$ kubectl describe {} -n shop\n{}",
        table_row().0,
        table_row().1
    ));
    assert!(
        get(&dump, "EndpointSlice", "web-shown")
            .list("/endpoints")
            .is_empty()
    );
}

fn table_row() -> (&'static str, &'static str) {
    (
        "svc web",
        "Name:              web\nNamespace:         shop\nSelector:          app=web\nPort:              http  80/TCP\nEndpoints:         <none>\nSession Affinity:  None\n",
    )
}

#[test]
fn an_unscheduled_pod_has_the_condition_that_its_event_tells() {
    let dump = stream(
        "$ kubectl describe pod db -n shop\nName:         db\nNamespace:    shop\nNode:         <none>\nStatus:       Pending\nContainers:\n  db:\n    Image:  db:1\nConditions:\n  Type           Status\n  PodScheduled   False \nEvents:\n  Type     Reason            Age               From               Message\n  ----     ------            ----              ----               -------\n  Warning  FailedScheduling  9m                default-scheduler  old words\n  Warning  FailedScheduling  2m (x5 over 10m)  default-scheduler  0/3 nodes are available: 3 Insufficient cpu.\n",
    );
    let condition = at(get(&dump, "Pod", "db"), "/status/conditions/0");
    assert_eq!(
        condition,
        json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."})
    );
}

#[test]
fn helm_top_rollouts_and_trees_are_read() {
    let dump = stream("$ helm list -n shop\nNAME\tNAMESPACE\tREVISION\tUPDATED                                \tSTATUS\tCHART   \tAPP VERSION\nweb \tshop     \t4       \t2026-01-02 15:04:05.123456 +0000 UTC\tfailed\tweb-1.2.3\t1.2\n
$ helm history web -n shop
REVISION\tUPDATED                 \tSTATUS  \tCHART    \tAPP VERSION\tDESCRIPTION
3       \tFri Jan  2 14:00:00 2026\tdeployed\tweb-1.2.2\t1.2        \tUpgrade complete
$ kubectl top pods -n shop
NAME    CPU(cores)   MEMORY(bytes)
web-0   5m           120Mi
$ kubectl top nodes
NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)
n1     950m         95%      3000Mi          80%
$ kubectl rollout status deploy/web -n shop
error: deployment \"web\" exceeded its progress deadline
$ kubectl tree deployment api -n shop
NAMESPACE  NAME                           READY  REASON              AGE
shop       Deployment/api                 -                          5d
shop       └─ReplicaSet/api-7d9f8b6c5     -                          5d
shop         └─Pod/api-7d9f8b6c5-x2x4z    False  ContainersNotReady  5d
");
    let failed = get(&dump, "Secret", "sh.helm.release.v1.web.v4");
    assert_eq!(at(failed, "/metadata/labels/status"), json!("failed"));
    assert_eq!(at(failed, "/type"), json!("helm.sh/release.v1"));
    get(&dump, "Secret", "sh.helm.release.v1.web.v3");
    assert_eq!(
        at(
            get(&dump, "PodMetrics", "web-0"),
            "/containers/0/usage/memory"
        ),
        json!("120Mi")
    );
    assert_eq!(
        at(get(&dump, "NodeMetrics", "n1"), "/usage/cpu"),
        json!("950m")
    );
    assert_eq!(
        at(
            get(&dump, "Deployment", "web"),
            "/status/conditions/0/reason"
        ),
        json!("ProgressDeadlineExceeded")
    );
    let pod = get(&dump, "Pod", "api-7d9f8b6c5-x2x4z");
    assert_eq!(
        pod.controller(),
        Some(get(&dump, "ReplicaSet", "api-7d9f8b6c5").uid())
    );
    assert_eq!(
        get(&dump, "ReplicaSet", "api-7d9f8b6c5").controller(),
        Some(get(&dump, "Deployment", "api").uid())
    );
    assert_eq!(at(pod, "/status/conditions/0/status"), json!("False"));
    assert_eq!(
        dump.snapshot.taken(),
        Timestamp::parse("2026-01-02T15:04:05.123456Z")
    );
}

#[test]
fn a_transcript_beside_files_adds_what_they_lack() {
    let json = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"shop","uid":"u1"},"spec":{"containers":[{"name":"web"}]}}"#;
    let dump = read(&[
        ("pod.json", json),
        (
            "notes.md",
            "```\n$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON    OBJECT      MESSAGE\n5m          Warning   Failed    pod/web-0   words\n$ kubectl logs web-0 -n shop\nboom\n```\n",
        ),
    ]);
    assert_eq!(dump.snapshot.events_about("u1").count(), 1);
    assert!(
        dump.snapshot
            .log(&LogKey::current("shop", "web-0", "web"))
            .is_present()
    );
}

#[test]
fn a_namespace_that_was_not_said_is_found_where_it_was() {
    let dump = stream(&format!(
        "$ kubectl get pods\n{TABLE}{}",
        POD.replace(" -n shop", "")
    ));
    assert_eq!(dump.snapshot.of_kind("Pod", None).count(), 1);
    assert!(dump.snapshot.get("Pod", "shop", "other").is_absent());
}

proptest! {
    #[test]
    fn no_damage_to_a_transcript_makes_it_panic(at in 0_usize..5_000, with in "\\PC{0,6}", cut in 0_usize..40) {
        let mut text = format!("$ kubectl get pods -n shop\n{TABLE}{POD}");
        let mut from = at % text.len();
        while !text.is_char_boundary(from) { from -= 1; }
        let mut to = (from + cut).min(text.len());
        while !text.is_char_boundary(to) { to -= 1; }
        text.replace_range(from..to.max(from), &with);
        let _ = dump::read_stream(text.as_bytes(), &Limits::default());
    }

    #[test]
    fn any_text_after_a_command_is_read(verb in 0_usize..7, text in "(\\PC|\n|\t| ){0,300}") {
        let verbs = ["get pods", "describe pod x", "logs x", "events", "top pods", "rollout history deploy/x", "get all -A"];
        let _ = dump::read_stream(format!("$ kubectl {}\n{text}", verbs[verb]).as_bytes(), &Limits::default());
    }
}
