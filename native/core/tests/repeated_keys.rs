//! Tables of keys that sign again and again: bounded, given to those that are wanted, and never more than a hint.

mod support;

use onecard_engine::curve::CurveId;
use onecard_engine::packed::PackedPoint;
use onecard_engine::repeated_keys::{Name, RepeatedKeys, Table};
use onecard_engine::task::REPEATED;
use support::random::Random;
use support::reference::reference;
use support::{OwnedJob, engines};

const MOST: usize = 4;

fn name(number: u8) -> Name {
    (CurveId::Sm2, [number; 64])
}

/// A table that can be told from others.
fn table(number: u8) -> Table {
    vec![PackedPoint([[u64::from(number); 4]; 2])].into()
}

/// Asks as a batch does for a key that has no table: whether it got a place.
fn ask(keys: &mut RepeatedKeys, number: u8) -> bool {
    let room = keys.make_room(1) == 1;
    if room {
        keys.insert(name(number), &table(number));
    }
    room
}

fn has(keys: &RepeatedKeys, number: u8) -> bool {
    keys.get(&name(number)).is_some_and(|table| table[0].0[0][0] == u64::from(number))
}

#[test]
fn keys_are_told_apart_by_curve_and_bytes() {
    let mut keys = RepeatedKeys::new(MOST);
    assert!(keys.is_empty());
    assert!(ask(&mut keys, 1) && ask(&mut keys, 2));
    assert!(has(&keys, 1) && has(&keys, 2) && !has(&keys, 3));
    assert!(keys.get(&(CurveId::P256, [1; 64])).is_none());
    keys.insert(name(1), &table(9));
    assert!(has(&keys, 1), "a key keeps the table it has");
    assert_eq!(keys.len(), 2);
}

#[test]
fn a_full_store_gives_way_where_nobody_asked() {
    let mut keys = RepeatedKeys::new(MOST);
    for number in 0..MOST as u8 {
        assert!(ask(&mut keys, number));
    }
    // The hand has to go round once: every table was wanted when it came.
    for _ in 0..MOST {
        assert!(!ask(&mut keys, 10));
    }
    assert!(has(&keys, 0));
    assert!(!ask(&mut keys, 10), "wanted since");
    assert!(ask(&mut keys, 10));
    assert!(has(&keys, 0) && !has(&keys, 1) && has(&keys, 10));
    assert_eq!(keys.len(), MOST);
}

#[test]
fn more_keys_than_places_in_turn_leave_most_tables_where_they_are() {
    let mut keys = RepeatedKeys::new(MOST);
    let mut made = 0;
    for turn in 0..1_000 {
        let number = (turn % (2 * MOST)) as u8;
        if !has(&keys, number) && ask(&mut keys, number) {
            made += 1;
        }
    }
    assert!(made < 700, "{made} tables were made");
    assert_eq!(keys.len(), MOST);
}

#[test]
fn room_for_several_is_made_at_once_and_never_more_than_was_asked() {
    let mut keys = RepeatedKeys::new(MOST);
    assert_eq!(keys.make_room(3), 3);
    assert_eq!(keys.make_room(10), MOST);
    for number in 0..MOST as u8 {
        keys.insert(name(number), &table(number));
    }
    keys.insert(name(10), &table(10));
    assert!(!has(&keys, 10), "there is no place");
    assert_eq!(keys.make_room(MOST), 0);
    assert_eq!(keys.make_room(2), 2);
    assert_eq!(keys.len(), MOST - 2);
    assert_eq!(RepeatedKeys::new(0).make_room(1), 0);
}

#[test]
fn plain_prepared_and_repeated_keys_of_both_curves_in_one_batch() {
    let mut random = Random(70);
    let jobs: Vec<OwnedJob> = (0..120).map(|i| reference(CurveId::ALL[i % 2]).random_job(&mut random)).collect();
    for engine in engines() {
        for round in 0..12 {
            let mut batch = jobs.clone();
            let bad = random.below(batch.len());
            batch[bad].digest[9] ^= 1;
            let expected: Vec<bool> = (0..batch.len()).map(|i| i != bad).collect();
            let borrowed: Vec<_> =
                batch.iter().map(|job| job.borrow([0, REPEATED, REPEATED, 77][random.below(4)])).collect();
            assert_eq!(engine.verify(&borrowed), expected, "{}, round {round}", engine.name());
        }
    }
}

/// A key of one job with the table of another would verify what it must not.
#[test]
fn a_table_serves_its_own_key_only() {
    let mut random = Random(71);
    for curve in CurveId::ALL {
        let jobs: Vec<OwnedJob> = (0..16).map(|_| reference(curve).random_job(&mut random)).collect();
        let crossed: Vec<OwnedJob> = (0..16).map(|i| OwnedJob { key: jobs[(i + 1) % 16].key, ..jobs[i] }).collect();
        for engine in engines() {
            for _ in 0..4 {
                let of =
                    |jobs: &[OwnedJob]| engine.verify(&jobs.iter().map(|job| job.borrow(REPEATED)).collect::<Vec<_>>());
                assert_eq!(of(&jobs), [true; 16]);
                assert_eq!(of(&crossed), [false; 16]);
            }
        }
    }
}

/// Makes the table of the key under the hand give way, and keeps another in its place.
fn replace(keys: &mut RepeatedKeys, by: u8) -> Table {
    while keys.make_room(1) == 0 {}
    keys.insert(name(by), &table(by));
    keys.get(&name(by)).unwrap()
}

#[test]
fn memory_of_a_table_that_gave_way_is_used_again_unless_a_batch_has_it() {
    let mut keys = RepeatedKeys::new(1);
    keys.insert(name(1), &table(1));
    let first = keys.get(&name(1)).unwrap().as_ptr();
    let second = replace(&mut keys, 2);
    assert_eq!(second.as_ptr(), first, "the same memory");
    assert!(has(&keys, 2) && !has(&keys, 1));
    // The batch that holds the second still verifies with it.
    let third = replace(&mut keys, 3);
    assert_ne!(third.as_ptr(), second.as_ptr());
    assert_eq!((second[0].0[0][0], third[0].0[0][0]), (2, 3));
    assert!(has(&keys, 3) && !has(&keys, 2));
}
