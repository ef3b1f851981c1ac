//! The thread before servers that are hostile, or broken: what is asked is answered, and it goes on.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use onecard_store_lane::answers::{Event, Showing, write_event, write_taken};
use onecard_store_lane::lane::{Lane, Options, State};
use onecard_store_lane::marks::Algorithm;
use onecard_store_lane::rounds::Terms;

const LONG: Duration = Duration::from_secs(20);

fn options(password: Option<&str>) -> Options {
    Options {
        terms: Terms {
            showing_prefix: "p:".into(),
            algorithms: vec![Algorithm::Sha256],
            clocks_apart_ms: 0,
            deadline: Duration::from_secs(3),
            breaker_failures: 32,
            breaker_open: Duration::from_millis(500),
        },
        look: "look".into(),
        username: None,
        password: password.map(String::from),
        ask_bytes_max: 1_000,
    }
}

/// A server that lets in, and says something to the first that is asked.
fn server(said: &'static [u8], then_ends: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            let mut bytes = [0; 4_096];
            let _ = stream.read(&mut bytes);
            let _ = stream.write_all(b"+OK\r\n");
            let _ = stream.read(&mut bytes);
            let _ = stream.write_all(said);
            while !then_ends && stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
        }
    });
    place
}

fn started(password: Option<&str>) -> (Lane, Receiver<()>) {
    let (sender, receiver) = channel();
    let told = std::sync::Mutex::new(sender);
    let lane = Lane::start(
        options(password),
        Box::new(move || {
            let _ = told.lock().unwrap().send(());
        }),
    );
    (lane.unwrap(), receiver)
}

fn wait_for(lane: &Lane, state: State) {
    for _ in 0..2_000 {
        if lane.state() == state {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("it is {:?}", lane.state());
}

fn record() -> Vec<u8> {
    let mut bytes = vec![1, 0, 1, 0, 7, 0, 0, 0, 1, 0];
    bytes.extend([0; 32]);
    bytes.extend([1, 0, b'g', 1, 0, b's']);
    bytes
}

fn answers(lane: &Lane) -> Vec<u8> {
    let mut bytes = vec![0; 4_096];
    let count = lane.take_answers(&mut bytes);
    bytes.truncate(count);
    bytes
}

fn no_answer() -> Vec<u8> {
    let mut bytes = Vec::new();
    write_event(&mut bytes, Event::Failed, 1, 0.0);
    write_taken(&mut bytes, 7, &[Showing::NoAnswer]);
    bytes
}

#[test]
fn whatever_is_no_reply_ends_the_connection_and_it_connects_again() {
    for said in [
        &b"*1\r\n$1\r\na\r\n"[..],
        b"$99999999\r\n",
        b">push\r\n",
        b"$16\r\n0123456789abcdefXX",
        b"-READONLY You can't write\r\n",
        b"",
        b"$16\r\n0123",
        b"\xff\xfe\x00",
    ] {
        let (lane, told) = started(None);
        assert!(!lane.ask(&record()), "it leads nowhere");
        lane.lead_to(Some(server(said, true)));
        wait_for(&lane, State::Up);
        assert!(lane.ask(&record()));
        told.recv_timeout(LONG).unwrap();
        assert_eq!(answers(&lane), no_answer(), "{said:?}");
        wait_for(&lane, State::Up);
        lane.stop();
    }
}

#[test]
fn more_replies_than_were_asked_for_end_it() {
    let (lane, told) = started(None);
    lane.lead_to(Some(server(b"$-1\r\n$-1\r\n", false)));
    wait_for(&lane, State::Up);
    assert!(lane.ask(&record()));
    told.recv_timeout(LONG).unwrap();
    assert_eq!(answers(&lane).split_off(24), {
        let mut bytes = Vec::new();
        write_taken(&mut bytes, 7, &[Showing::First]);
        bytes
    });
    wait_for(&lane, State::Down);
}

#[test]
fn one_that_lets_nobody_in_is_never_asked() {
    let (lane, _told) = started(Some("word"));
    // Two replies are waited for, and the second is none.
    lane.lead_to(Some(server(b"-NOAUTH\r\n", true)));
    thread::sleep(Duration::from_millis(300));
    assert_eq!(lane.state(), State::Down);
    assert!(!lane.ask(&record()));
}

#[test]
fn what_waits_is_bounded_and_ends_when_it_leads_elsewhere() {
    let (lane, told) = started(None);
    lane.lead_to(Some(server(b"", false)));
    wait_for(&lane, State::Up);
    let large = vec![1; 990];
    assert!(!lane.ask(&[&large[..], &large].concat()));
    assert!(lane.ask(&record()));
    lane.lead_to(None);
    told.recv_timeout(LONG).unwrap();
    assert_eq!(answers(&lane), no_answer());
    assert_eq!((lane.state(), lane.under_way()), (State::Down, 0));
    lane.stop();
}

#[test]
fn a_torn_record_ends_the_connection_and_nothing_else() {
    let (lane, _told) = started(None);
    lane.lead_to(Some(server(b"", false)));
    wait_for(&lane, State::Up);
    assert!(lane.ask(&[9; 40]));
    wait_for(&lane, State::Down);
    wait_for(&lane, State::Up);
}
