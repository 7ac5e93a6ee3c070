//! Ports that are declared, asked, sent to and listened on.

use kintsugi_facts as facts;

use facts::container::containers;
use facts::ports::{self, ProbeHow, ProbeKind};
use facts::{Object, Presence};
use model::Timestamp;
use serde_json::json;

fn pod() -> Object {
    Object::new(json!({
        "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop", "uid": "p"},
        "spec": {
            "initContainers": [
                {"name": "migrate", "ports": [{"containerPort": 1}]},
                {"name": "proxy", "restartPolicy": "Always", "ports": [{"containerPort": 15001, "hostPort": 15001}]}
            ],
            "containers": [{
                "name": "web",
                "ports": [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}],
                "readinessProbe": {"httpGet": {"port": "http", "path": "/ready"}, "periodSeconds": 5},
                "livenessProbe": {"tcpSocket": {"port": 9090}, "initialDelaySeconds": 20},
                "startupProbe": {"grpc": {"port": 50051}, "failureThreshold": 30}
            }, {
                "name": "side", "livenessProbe": {"httpGet": {"port": "admin"}}
            }]
        },
        "status": {
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T10:00:30Z"}],
            "containerStatuses": [{
                "name": "web", "ready": true,
                "state": {"running": {"startedAt": "2026-11-21T10:00:00Z"}},
                "lastState": {"terminated": {"exitCode": 137, "startedAt": "2026-11-21T09:59:00Z", "finishedAt": "2026-11-21T09:59:40Z"}}
            }]
        }
    }))
}

#[test]
fn declared_ports_are_those_of_containers_that_stay() {
    let ports: Vec<_> = ports::declared(&pod())
        .into_iter()
        .map(|port| (port.container, port.number, port.protocol, port.host_port))
        .collect();
    assert_eq!(
        ports,
        [
            ("proxy".to_owned(), 15001, "TCP".to_owned(), 15001),
            ("web".to_owned(), 8080, "TCP".to_owned(), 0),
            ("web".to_owned(), 53, "UDP".to_owned(), 0),
        ]
    );
}

#[test]
fn a_probe_s_named_port_is_resolved_or_known_to_be_none() {
    let probes = ports::probes(&pod());
    let found: Vec<_> = probes
        .iter()
        .map(|probe| {
            (
                probe.container.as_str(),
                probe.probe,
                probe.how,
                probe.port,
                probe.resolved,
                probe.declared,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("web", ProbeKind::Liveness, ProbeHow::Tcp, 9090, true, false),
            (
                "web",
                ProbeKind::Readiness,
                ProbeHow::Http,
                8080,
                true,
                true
            ),
            (
                "web",
                ProbeKind::Startup,
                ProbeHow::Grpc,
                50051,
                true,
                false
            ),
            ("side", ProbeKind::Liveness, ProbeHow::Http, 0, false, false),
        ]
    );
    assert_eq!(probes[0].budget(), 50);
    assert_eq!(probes[2].budget(), 300);
    assert_eq!(probes[3].port_name, "admin");
    assert_eq!(probes[3].path, "/");
}

#[test]
fn a_services_port_leads_to_a_number_a_name_or_nothing() {
    let service = Object::new(json!({
        "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ports": [
            {"name": "a", "port": 80, "targetPort": "http"},
            {"name": "b", "port": 81, "targetPort": 8081},
            {"name": "c", "port": 8080},
            {"name": "d", "port": 82, "targetPort": "htpp"},
            {"name": "e", "port": 53, "targetPort": 53, "protocol": "UDP"},
            {"name": "f", "port": 54, "targetPort": "dns"}
        ]}
    }));
    let found: Vec<_> = ports::targets(&service, &pod(), &[8080, 9000])
        .into_iter()
        .map(|target| (target.name, target.number, target.declared, target.listened))
        .collect();
    let row =
        |name: &str, number, declared, listened| (name.to_owned(), number, declared, listened);
    assert_eq!(
        found,
        [
            row("a", 8080, true, Presence::Present(())),
            row("b", 8081, false, Presence::Absent),
            row("c", 8080, true, Presence::Present(())),
            row("d", 0, false, Presence::Unknown),
            row("e", 53, true, Presence::Unknown),
            row("f", 0, false, Presence::Unknown),
        ]
    );
}

#[test]
fn the_times_of_a_life_are_read_from_its_statuses() {
    let pod = pod();
    let web = containers(&pod)
        .find(|container| container.name() == "web")
        .unwrap();
    let now = Timestamp::parse("2026-11-21T10:05:00Z");
    let life = ports::life(&pod, &web, now);
    assert_eq!(life.running, Some(300));
    assert_eq!(life.to_ready, Some(30));
    assert_eq!(life.last, Some(40));
    assert_eq!(life.ended_ago, Some(320));
    assert!(life.killed);
    assert_eq!(ports::life(&pod, &web, None).running, None);
}
