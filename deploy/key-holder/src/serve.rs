//! Answers requests, one after the other and on one thread: the libraries below are not made for more.
use std::fs;
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::device::{Device, DeviceError};
use crate::messages::{self, Request};
use crate::{frames, secret};

/// A gateway has up to three: its own, that of receipts and that of the desk.
const CONNECTIONS_MAX: usize = 16;
/// An answer fits into the buffer of a socket; whoever does not read is cut off.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// Until the other end closes. Errs where the device failed: a new process begins with a new session.
pub fn on_standard_streams(device: &dyn Device) -> Result<(), String> {
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    while let Ok(Some(body)) = frames::read(&mut from) {
        let turn = Turn::of(device, body);
        let written = frames::write(&mut to, &turn.answer);
        turn.fault()?;
        if turn.is_last || written.is_err() {
            break;
        }
    }
    Ok(())
}

/// Until the device fails.
pub fn on_socket(device: &dyn Device, path: &str, group_may_connect: bool) -> Result<(), String> {
    // What a process before this one left behind.
    if fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket()) {
        fs::remove_file(path).map_err(|error| format!("{path} cannot be removed: {error}"))?;
    }
    let listener = bound(path, if group_may_connect { 0o660 } else { 0o600 })
        .map_err(|error| format!("{path} cannot be listened on: {error}"))?;
    let (asked, asking) = sync_channel::<(Arc<UnixStream>, Vec<u8>)>(CONNECTIONS_MAX);
    thread::spawn(move || accept(&listener, &asked));
    for (stream, body) in asking {
        let turn = Turn::of(device, body);
        let written = frames::write(&mut &*stream, &turn.answer);
        turn.fault()?;
        if turn.is_last || written.is_err() {
            // Its reader ends with it. One that is over already is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// It gets its rights before its name.
fn bound(path: &str, mode: u32) -> io::Result<UnixListener> {
    let fresh = format!("{path}.new");
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&fresh)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(mode))?;
    fs::rename(&fresh, path)?;
    Ok(listener)
}

fn accept(listener: &UnixListener, asked: &SyncSender<(Arc<UnixStream>, Vec<u8>)>) {
    let open = Arc::new(());
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Out of descriptors, for the moment.
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        if Arc::strong_count(&open) > CONNECTIONS_MAX || stream.set_write_timeout(Some(WRITE_TIMEOUT)).is_err() {
            continue;
        }
        let (stream, asked, counted) = (Arc::new(stream), asked.clone(), Arc::clone(&open));
        thread::spawn(move || {
            while let Ok(Some(body)) = frames::read(&mut &*stream) {
                if asked.send((Arc::clone(&stream), body)).is_err() {
                    break;
                }
            }
            drop(counted);
        });
    }
}

/// One request and its answer, both overwritten at the end: they may hold a key to be wrapped, or one that was unwrapped.
struct Turn {
    body: Vec<u8>,
    answer: Vec<u8>,
    /// The request could not be read: nothing behind it can.
    is_last: bool,
    device_fault: Option<String>,
}

impl Turn {
    fn of(device: &dyn Device, body: Vec<u8>) -> Self {
        let id = messages::id_of(&body);
        let Some(request) = messages::request(&body) else {
            return Self { answer: messages::malformed(id), body, is_last: true, device_fault: None };
        };
        let mut result = done(device, request);
        let answer = messages::answer(id, &result);
        if let Ok(bytes) = &mut result {
            secret::forget(bytes);
        }
        let device_fault = match result {
            Err(DeviceError::Device(sentence)) => Some(sentence),
            _ => None,
        };
        Self { body, answer, is_last: false, device_fault }
    }

    fn fault(&self) -> Result<(), String> {
        self.device_fault.clone().map_or(Ok(()), Err)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        secret::forget(&mut self.body);
        secret::forget(&mut self.answer);
    }
}

fn done(device: &dyn Device, request: Request<'_>) -> Result<Vec<u8>, DeviceError> {
    match request {
        Request::Hello => {
            let mut said = vec![messages::VERSION];
            said.extend_from_slice(device.name().as_bytes());
            Ok(said)
        }
        Request::PublicKey { algorithm, label } => device.public_key(algorithm, label),
        Request::Sign { algorithm, label, input } => device.sign(algorithm, label, input),
        Request::Wrap { algorithm, label, key } => device.wrap(algorithm, label, key),
        Request::Unwrap { algorithm, label, wrapped } => device.unwrap(algorithm, label, wrapped),
    }
}
