//! Holds keys for a gateway: a process that loads the library of a token (PKCS#11) or of a cipher machine (SDF, GM/T 0018), and
//! answers the protocol of docs/key-holders.md on its standard input and output, or on a Unix socket.
mod arguments;
mod device;
mod frames;
mod key_wrap;
mod library;
mod messages;
mod pkcs11;
mod priority;
mod sdf;
mod secret;
mod serve;

use std::process::ExitCode;

use arguments::{Arguments, Kind};
use device::Device;

/// Of an end that starting again would make worse: a token counts wrong PINs.
const REFUSED: u8 = 2;

/// Why the process ends, for the operator. It holds no secret.
pub enum End {
    /// A new process may do better.
    Failed(String),
    /// It will not, before somebody has looked.
    PinRefused(String),
}

impl From<String> for End {
    fn from(sentence: String) -> Self {
        Self::Failed(sentence)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(End::Failed(sentence)) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
        Err(End::PinRefused(sentence)) => {
            eprintln!("{sentence}");
            ExitCode::from(REFUSED)
        }
    }
}

fn run() -> Result<(), End> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    priority::like_any_other();
    let device: Box<dyn Device> = match &arguments.kind {
        Kind::Pkcs11 { module, token, pin_file } => Box::new(pkcs11::Token::open(module, token, pin_file)?),
        Kind::Sdf { library, password_file, sm4_ecb_id } => {
            Box::new(sdf::Machine::open(library, password_file.as_deref(), *sm4_ecb_id)?)
        }
    };
    match &arguments.socket {
        None => serve::on_standard_streams(&*device)?,
        Some(socket) => serve::on_socket(&*device, socket, arguments.group_may_connect)?,
    }
    Ok(())
}
