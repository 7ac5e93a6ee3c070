//! `kintsugi serve`: ready, driving, and ending when it is asked to.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::machine::{Machine, Running, wait_for};

struct Server {
    process: Running,
    address: String,
}

fn serve(machine: &Machine) -> Server {
    let process = machine.start(&["serve", "--listen", "127.0.0.1:0", "--ledger", "l.db"]);
    let line = process.line("http://");
    let address = line.strip_prefix("http://").unwrap().to_owned();
    Server { process, address }
}

impl Server {
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    /// The value of a figure, by the beginning of its line.
    fn figure(&self, begins: &str) -> Option<f64> {
        let (_, answer) = self.get("/metrics");
        let line = answer.lines().find(|line| line.starts_with(begins))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}

#[test]
fn it_says_its_address_in_one_line_and_is_ready_from_then_on() {
    let machine = Machine::new();
    let server = serve(&machine);
    for path in ["", "/ready", "/live", "/components", "/metrics"] {
        let (status, answer) = server.get(&format!("/api/v1/health{path}"));
        assert_eq!(status, 200, "{path}");
        assert!(answer.contains("\"code\":0"), "{answer}");
    }
    assert_eq!(server.get("/nowhere").0, 404);
    assert_eq!(server.figure("kintsugi_open_incidents "), Some(0.0));

    let taken = machine
        .run(&["serve", "--listen", &server.address, "--ledger", "l.db"])
        .error();
    assert!(
        taken.contains(&server.address) && taken.contains("--listen"),
        "{taken}"
    );

    let asked = Instant::now();
    server.process.signal("TERM");
    let ran = server.process.end().done();
    assert!(asked.elapsed() < Duration::from_secs(10));
    assert_eq!(ran.out.lines().count(), 1, "{ran:?}");
}

#[test]
fn ctrl_c_ends_it_cleanly_with_130() {
    let machine = Machine::new();
    let server = serve(&machine);
    server.process.signal("INT");
    assert_eq!(server.process.end().code(), 130);
}

#[test]
fn it_goes_on_with_what_a_killed_demo_left_and_its_figures_tell_of_it() {
    let machine = Machine::new();
    let demo = machine.start(&["demo", "--ask", "--ledger", "l.db"]);
    demo.line(" approve ");
    demo.kill();
    let server = serve(&machine);
    assert_eq!(server.figure("kintsugi_open_incidents "), Some(1.0));
    let verdicts = "kintsugi_verdicts_total{verdict=\"healed\"}";
    assert_eq!(server.figure(verdicts), None);

    // Nobody waits for what follows: the server sees to it.
    let id = machine.newest();
    machine.on_ledger(&["approve", &id, "--no-wait"]).done();
    wait_for("the incident to be healed", || {
        (machine.incidents()[0]["verdict"] == "healed").then_some(())
    });
    wait_for("the gauge to fall", || {
        (server.figure("kintsugi_open_incidents ") == Some(0.0)).then_some(())
    });
    assert_eq!(server.figure(verdicts), Some(1.0));
    let applied = "kintsugi_effects_total{direction=\"apply\",outcome=\"done\"}";
    assert_eq!(server.figure(applied), Some(1.0));
    let events = machine.events(&id);
    assert_eq!(events.iter().filter(|e| e["kind"] == "applied").count(), 1);
    server.process.signal("TERM");
    let ran = server.process.end().done();
    assert_eq!(
        ran.out.lines().count(),
        1,
        "the log goes elsewhere: {ran:?}"
    );
}

#[test]
fn it_ends_in_time_though_a_client_hangs() {
    let machine = Machine::new();
    let server = serve(&machine);
    let mut hanging = TcpStream::connect(&server.address).unwrap();
    hanging
        .write_all(b"GET /api/v1/health HTTP/1.1\r\nHost")
        .unwrap();
    let asked = Instant::now();
    server.process.signal("TERM");
    server.process.end().done();
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
}
