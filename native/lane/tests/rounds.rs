//! What rounds of questions make of replies, late and none, by times that the test says.

use std::time::{Duration, Instant};

use onecard_store_lane::answers::{Event, Showing, whole, write_event, write_taken};
use onecard_store_lane::asks::{self, Ask, Torn};
use onecard_store_lane::marks::{Algorithm, Mark};
use onecard_store_lane::resp::Reply;
use onecard_store_lane::rounds::{Rounds, Terms};

const DEADLINE: Duration = Duration::from_millis(5);
const OPEN: Duration = Duration::from_millis(500);

fn terms(algorithms: &[Algorithm]) -> Terms {
    Terms {
        showing_prefix: "onecard:c:shown:".into(),
        algorithms: algorithms.into(),
        clocks_apart_ms: 10_000,
        deadline: DEADLINE,
        breaker_failures: 2,
        breaker_open: OPEN,
    }
}

/// As `ask-records.ts` writes it.
fn record(kind: u8, number: u32, seqs: &[f64], left_ms: f64) -> Vec<u8> {
    let mut bytes = vec![kind, 1, seqs.len() as u8, 0];
    bytes.extend(number.to_le_bytes());
    for seq in seqs {
        bytes.extend([1, 0]);
        bytes.extend(left_ms.to_le_bytes());
        bytes.extend(seq.to_le_bytes());
        bytes.extend([0xab; 16]);
        for text in ["gate", "s"] {
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
    }
    let mut all = (bytes.len() as u32).to_le_bytes().to_vec();
    all.extend(bytes);
    all
}

fn mark(seq: u64, algorithm: Algorithm) -> Mark {
    let wanted = asks::Wanted { name: &[0xab; 16], left_ms: 1, device_id: b"gate", stream: b"s", seq };
    Mark::of(&wanted, algorithm)
}

fn expected(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes);
    bytes
}

#[test]
fn marks_are_those_of_the_other_language() {
    // sha256sum and `openssl dgst -sm3` of "gate\0s\07".
    assert_eq!(mark(7, Algorithm::Sha256).text(), b"8ae765a7bef1559d");
    assert_eq!(mark(7, Algorithm::Sm3).text(), b"sm3:5e2690db19650484");
}

#[test]
fn a_round_is_one_write_and_is_answered_when_all_of_it_is() {
    let (terms, now) = (terms(&[Algorithm::Sha256]), Instant::now());
    let (mut rounds, mut out, mut answers) = (Rounds::new(&terms), Vec::new(), Vec::new());
    let asked = [record(1, 9, &[1.0, 2.0, 3.0], 49_999.2), record(2, 0, &[4.0], 0.0), record(1, 10, &[5.0], -3.0)];
    assert_eq!(rounds.ask(&asked.concat(), now, &mut out), Ok(()));
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("\r\nset\r\n").count(), 4);
    assert!(text.starts_with("*5\r\n$4\r\neval\r\n"), "what is given back goes first");
    assert!(text.contains("$48\r\nonecard:c:shown:abababababababababababababababab\r\n"));
    assert!(text.contains("\r\nPX\r\n$5\r\n60000\r\n") && text.contains("\r\nPX\r\n$5\r\n10001\r\n"));
    assert_eq!(rounds.under_way(), 4);
    let own = mark(2, Algorithm::Sha256);
    let replies = [Reply::Integer(1), Reply::Null, Reply::Bulk(own.text()), Reply::Bulk(b"0123456789abcdef")];
    for reply in &replies {
        rounds.replied(reply, now, &mut answers).unwrap();
    }
    assert!(answers.is_empty());
    rounds.replied(&Reply::Bulk(b"no mark"), now + Duration::from_millis(2), &mut answers).unwrap();
    let said = expected(|bytes| {
        write_event(bytes, Event::Answered, 4, 2.0);
        write_taken(bytes, 9, &[Showing::First, Showing::Same, Showing::Seen]);
        write_taken(bytes, 10, &[Showing::NoAnswer]);
    });
    assert_eq!(answers, said);
    assert_eq!(rounds.under_way(), 0);
    assert!(rounds.replied(&Reply::Null, now, &mut answers).is_err(), "it was not asked");
}

#[test]
fn the_mark_of_the_other_algorithm_is_the_same_tap() {
    let (terms, now) = (terms(&[Algorithm::Sm3, Algorithm::Sha256]), Instant::now());
    let (mut rounds, mut out, mut answers) = (Rounds::new(&terms), Vec::new(), Vec::new());
    rounds.ask(&record(1, 1, &[1.0, 2.0], 1.0), now, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("$20\r\nsm3:"));
    rounds.replied(&Reply::Bulk(mark(1, Algorithm::Sha256).text()), now, &mut answers).unwrap();
    rounds.replied(&Reply::Bulk(mark(1, Algorithm::Sm3).text()), now, &mut answers).unwrap();
    let said = expected(|bytes| {
        write_event(bytes, Event::Answered, 2, 0.0);
        write_taken(bytes, 1, &[Showing::Same, Showing::Seen]);
    });
    assert_eq!(answers, said);
}

#[test]
fn late_ones_have_no_answer_and_open_the_breaker() {
    let (terms, now) = (terms(&[Algorithm::Sha256]), Instant::now());
    let (mut rounds, mut out, mut answers) = (Rounds::new(&terms), Vec::new(), Vec::new());
    rounds.ask(&record(1, 1, &[1.0, 2.0], 1.0), now, &mut out).unwrap();
    rounds.ask(&record(1, 2, &[3.0], 1.0), now + Duration::from_millis(1), &mut out).unwrap();
    rounds.replied(&Reply::Null, now, &mut answers).unwrap();
    rounds.end_late(now + DEADLINE - Duration::from_micros(1), &mut answers);
    assert!(answers.is_empty());
    rounds.end_late(now + DEADLINE, &mut answers);
    let said = expected(|bytes| {
        write_event(bytes, Event::Late, 1, 0.0);
        write_taken(bytes, 1, &[Showing::First, Showing::NoAnswer]);
    });
    assert_eq!(std::mem::take(&mut answers), said);
    assert_eq!(rounds.open_until(), None, "one of it was answered");
    rounds.end_late(now + 2 * DEADLINE, &mut answers);
    rounds.ask(&record(1, 3, &[4.0], 1.0), now + 2 * DEADLINE, &mut out).unwrap();
    rounds.end_late(now + 3 * DEADLINE, &mut answers);
    assert_eq!(rounds.open_until(), Some(now + 3 * DEADLINE + OPEN));
    answers.clear();
    assert_eq!(rounds.under_way(), 3);
    // Late answers are nobody's.
    for _ in 0..3 {
        rounds.replied(&Reply::Null, now, &mut answers).unwrap();
    }
    assert!(answers.is_empty());
    rounds.ask(&record(1, 4, &[4.0], 1.0), now, &mut out).unwrap();
    rounds.replied(&Reply::Null, now, &mut answers).unwrap();
    assert_eq!(rounds.open_until(), None);
}

#[test]
fn errors_and_an_end_have_no_answer() {
    let (terms, now) = (terms(&[Algorithm::Sha256]), Instant::now());
    let (mut rounds, mut out, mut answers) = (Rounds::new(&terms), Vec::new(), Vec::new());
    rounds.ask(&record(1, 1, &[1.0, 2.0], 1.0), now, &mut out).unwrap();
    rounds.ask(&record(1, 2, &[3.0], 1.0), now, &mut out).unwrap();
    rounds.replied(&Reply::Error(b"OOM"), now, &mut answers).unwrap();
    rounds.replied(&Reply::Null, now, &mut answers).unwrap();
    rounds.fail_all(now, &mut answers);
    let said = expected(|bytes| {
        write_event(bytes, Event::Answered, 1, 0.0);
        write_event(bytes, Event::Failed, 1, 0.0);
        write_taken(bytes, 1, &[Showing::NoAnswer, Showing::First]);
        write_event(bytes, Event::Failed, 1, 0.0);
        write_taken(bytes, 2, &[Showing::NoAnswer]);
    });
    assert_eq!(answers, said);
}

#[test]
fn records_that_do_not_fit_together_are_torn() {
    let good = record(1, 1, &[1.0], 1.0);
    for end in 1..good.len() {
        assert_eq!(asks::read(&good[..end], |_| {}), Err(Torn), "{end}");
    }
    for at in [4, 6, 12, 13] {
        let mut bad = good.clone();
        bad[at] = bad[at].wrapping_add(3);
        assert_eq!(asks::read(&bad, |_| {}), Err(Torn), "{at}");
    }
    for seq in [-1.0, 0.5, f64::NAN, 1e300] {
        assert_eq!(asks::read(&record(1, 1, &[seq], 1.0), |_| {}), Err(Torn), "{seq}");
    }
    assert_eq!(asks::read(&record(1, 1, &[1.0], f64::NAN), |_| {}), Err(Torn));
    let mut seen = 0;
    asks::read(&good, |ask| seen += usize::from(matches!(ask, Ask::Take(1, _)))).unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn answers_are_moved_as_whole_records() {
    let one = expected(|bytes| write_taken(bytes, 1, &[Showing::First]));
    let two = [one.clone(), one.clone()].concat();
    assert_eq!(whole(&two, two.len()), two.len());
    assert_eq!(whole(&two, two.len() - 1), one.len());
    assert_eq!(whole(&two, one.len() - 1), 0);
    assert_eq!(whole(&[], 9), 0);
}
