//! Replies as servers send them, whole and in pieces, and what is none.

use onecard_store_lane::resp::{NoReply, REPLY_BYTES_MAX, Reply, read_reply, write_command};

#[test]
fn a_command_is_an_array_of_bulk_strings() {
    let mut out = Vec::new();
    write_command(&mut out, &[b"set", b"", b"NX"]);
    assert_eq!(out, b"*3\r\n$3\r\nset\r\n$0\r\n\r\n$2\r\nNX\r\n");
}

#[test]
fn each_kind_of_reply_is_read() {
    for (bytes, reply) in [
        (&b"+OK\r\n"[..], Reply::Simple(b"OK")),
        (b"-READONLY You\r\n", Reply::Error(b"READONLY You")),
        (b":-12\r\n", Reply::Integer(-12)),
        (b"$-1\r\n", Reply::Null),
        (b"$0\r\n\r\n", Reply::Bulk(b"")),
        (b"$4\r\na\r\nb\r\n", Reply::Bulk(b"a\r\nb")),
    ] {
        assert_eq!(read_reply(bytes), Ok(Some((reply, bytes.len()))));
        for end in 0..bytes.len() {
            assert_eq!(read_reply(&bytes[..end]), Ok(None), "{end} of {bytes:?}");
        }
    }
}

#[test]
fn what_is_none_ends_it() {
    let long = [b'+'; 512];
    for (bytes, why) in [
        (&b"*1\r\n$1\r\na\r\n"[..], "a reply is of no known kind"),
        (b">2\r\n", "a reply is of no known kind"),
        (b"\r\n", "a reply is of no known kind"),
        (b"$65\r\n", "a reply is too large"),
        (b"$-2\r\n", "a reply is too large"),
        (b"$999999999999999\r\n", "a reply is too large"),
        (b"$1\r\nabc", "a reply has no end"),
        (b"+a\rb", "a reply has no end"),
        (b":1a\r\n", "a reply is no number"),
        (b":\r\n", "a reply is no number"),
        (b":-\r\n", "a reply is no number"),
        (b":1234567890123456\r\n", "a reply is no number"),
        (&long, "a reply is too large"),
    ] {
        assert_eq!(read_reply(bytes), Err(NoReply(why)), "{bytes:?}");
    }
}

#[test]
fn whatever_comes_it_never_waits_for_more_than_a_reply_can_be() {
    const ALPHABET: &[u8] = b"$:+-*\r\n\r\n0129aOK\x00\xff";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..200_000 {
        let length = random() % 40;
        let mut bytes: Vec<u8> = (0..length).map(|_| ALPHABET[random() % ALPHABET.len()]).collect();
        match read_reply(&bytes) {
            Ok(Some((_, taken))) => assert!(taken <= bytes.len() && taken > 0),
            Ok(None) => {
                bytes.resize(REPLY_BYTES_MAX, b'0');
                assert_ne!(read_reply(&bytes), Ok(None));
            }
            Err(_) => {}
        }
    }
}
