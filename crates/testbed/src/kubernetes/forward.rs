//! Lets a node reach what listens on the machine's loopback interface: one port of the node's side
//! is handed on.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::{Unavailable, failed};

/// Hands on until the process ends; the address goes with the node's interface before that.
pub(super) fn forward(address: Ipv4Addr, port: u16) -> Result<(), Unavailable> {
    let task = format!("listen on {address}:{port} for the node");
    let listener = TcpListener::bind((address, port)).map_err(failed(&task))?;
    thread::spawn(move || {
        // A connection that fails is the node's to try again.
        for connection in listener.incoming().flatten() {
            thread::spawn(move || drop(hand_on(&connection, port)));
        }
    });
    Ok(())
}

fn hand_on(from: &TcpStream, port: u16) -> io::Result<()> {
    let to = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let (back_from, back_to) = (to.try_clone()?, from.try_clone()?);
    thread::spawn(move || copy(&back_from, &back_to));
    copy(from, &to);
    Ok(())
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    drop(io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Write));
}
