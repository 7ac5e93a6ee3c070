//! What `kubectl describe` prints becomes the object that the API server would show.

use cluster::dump::{self, Limits};
use facts::Object;
use model::Timestamp;
use serde_json::{Value, json};

use super::stream;
use super::transcripts::{at, get};

pub(super) const POD: &str = "$ kubectl describe pod api-7d9f8b6c5-x2x4z -n shop
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
