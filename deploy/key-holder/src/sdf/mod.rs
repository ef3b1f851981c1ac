//! A cipher machine that is reached by SDF (GM/T 0018): signs with SM2 inside it, wraps under a key that it alone has.
mod coordinates;
mod functions;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{c_int, c_uint};
use std::ptr::null_mut;

use crate::device::{Device, DeviceError, SignatureAlgorithm, WrapAlgorithm};
use crate::key_wrap;
use crate::library::Library;
use crate::secret::Secret;
use coordinates::{BUFFER_BYTES, Width};
use functions::{
    ACCESS_DENIED, ALGORITHM_NOT_SUPPORTED, DeviceInfo, ENCRYPTED_DATA_ERROR, Functions, KEY_ERROR, KEY_NOT_EXIST,
    KEY_TYPE_ERROR, Key, MODE_NOT_SUPPORTED, NOT_SUPPORTED, OK, SYMMETRIC_FAILED, Session,
};

const SM4_KEY_BITS: c_uint = 128;
const SM4_BLOCK_BYTES: c_uint = 16;
const ENCRYPTED_KEY_BYTES_MAX: usize = 256;

pub struct Machine {
    functions: Functions,
    session: Session,
    name: String,
    password: RefCell<Option<Secret>>,
    /// Private keys whose password was given, and whether they may be used: a machine counts wrong ones, so each is given once.
    unlocked: RefCell<HashMap<u32, bool>>,
    sm4_ecb_id: u32,
    /// Of the library's numbers, once one was seen.
    width: Cell<Option<Width>>,
}

impl Machine {
    pub fn open(library: &str, password_file: Option<&str>, sm4_ecb_id: u32) -> Result<Self, String> {
        let password = password_file.map(Secret::read).transpose()?;
        let functions = Functions::of(&Library::load(library)?)?;
        let (mut device, mut session) = (null_mut(), null_mut());
        // SAFETY: one handle is written.
        setting_up("SDF_OpenDevice", unsafe { (functions.open_device)(&mut device) })?;
        // SAFETY: the device was opened; one handle is written.
        setting_up("SDF_OpenSession", unsafe { (functions.open_session)(device, &mut session) })?;
        let mut info = std::mem::MaybeUninit::<DeviceInfo>::zeroed();
        // SAFETY: it writes one structure, and zeros are a valid one.
        let (read, info) = unsafe { ((functions.device_info)(session, info.as_mut_ptr()), info.assume_init()) };
        setting_up("SDF_GetDeviceInfo", read)?;
        let name = format!("{} {}", text(&info.issuer), text(&info.name));
        Ok(Self {
            functions,
            session,
            name,
            password: password.into(),
            unlocked: RefCell::default(),
            sm4_ecb_id,
            width: Cell::new(None),
        })
    }

    /// Asks for the right to use a private key, once.
    fn unlock(&self, index: u32) -> Result<(), DeviceError> {
        let mut password = self.password.borrow_mut();
        let Some(password) = password.as_mut() else { return Ok(()) };
        match self.unlocked.borrow().get(&index) {
            Some(true) => return Ok(()),
            Some(false) => {
                return Err(DeviceError::UnusableKey("its password was refused, and is not tried again".into()));
            }
            None => {}
        }
        let password = password.bytes_mut();
        // SAFETY: the password is given with its length.
        let given = unsafe {
            (self.functions.access_right)(self.session, index, password.as_mut_ptr(), password.len() as c_uint)
        };
        self.unlocked.borrow_mut().insert(index, given == OK);
        ok("SDF_GetPrivateKeyAccessRight", given)
    }

    fn exported(&self, label: &str) -> Result<(Width, Vec<u8>), DeviceError> {
        let mut written = coordinates::untouched();
        // SAFETY: the buffer is longer than an ECCrefPublicKey of either width.
        let exported =
            unsafe { (self.functions.export_public_key)(self.session, index_of(label)?, written.as_mut_ptr()) };
        ok("SDF_ExportSignPublicKey_ECC", exported)?;
        let (width, key) = coordinates::public_key(&written)
            .ok_or_else(|| DeviceError::UnusableKey(format!("the key {label} is none of 256 bits")))?;
        self.width.set(Some(width));
        Ok((width, key))
    }

    /// A key of SM4 that is drawn in the machine and leaves it encrypted alone.
    fn drawn_key(&self, index: u32) -> Result<(Vec<u8>, OpenKey<'_>), DeviceError> {
        let mut encrypted = vec![0; ENCRYPTED_KEY_BYTES_MAX];
        let mut length = ENCRYPTED_KEY_BYTES_MAX as c_uint;
        let mut key = null_mut();
        // SAFETY: the buffer is given with its length; one handle is written.
        let drawn = unsafe {
            (self.functions.generate_key)(
                self.session,
                SM4_KEY_BITS,
                self.sm4_ecb_id,
                index,
                encrypted.as_mut_ptr(),
                &mut length,
                &mut key,
            )
        };
        ok("SDF_GenerateKeyWithKEK", drawn)?;
        encrypted.truncate(length as usize);
        Ok((encrypted, OpenKey { machine: self, key }))
    }

    fn imported_key(&self, index: u32, encrypted: &[u8]) -> Result<OpenKey<'_>, DeviceError> {
        let mut encrypted = encrypted.to_vec();
        let mut key = null_mut();
        // SAFETY: the bytes are given with their length; one handle is written.
        let imported = unsafe {
            (self.functions.import_key)(
                self.session,
                self.sm4_ecb_id,
                index,
                encrypted.as_mut_ptr(),
                encrypted.len() as c_uint,
                &mut key,
            )
        };
        ok("SDF_ImportKeyWithKEK", imported).map_err(|error| match imported {
            SYMMETRIC_FAILED | KEY_ERROR | ENCRYPTED_DATA_ERROR => {
                DeviceError::Unreadable("it is damaged, or was wrapped elsewhere".into())
            }
            _ => error,
        })?;
        Ok(OpenKey { machine: self, key })
    }
}

/// A key of the session, destroyed when it is no longer needed.
struct OpenKey<'a> {
    machine: &'a Machine,
    key: Key,
}

impl OpenKey<'_> {
    fn crypt(&self, encrypt: bool, block: &mut [u8; 16]) -> Result<(), DeviceError> {
        let Functions { encrypt: encrypting, decrypt: decrypting, .. } = self.machine.functions;
        let (name, function) = if encrypt { ("SDF_Encrypt", encrypting) } else { ("SDF_Decrypt", decrypting) };
        let (mut iv, mut out, mut length) = ([0; 16], [0; 16], SM4_BLOCK_BYTES);
        // SAFETY: one block goes in and out; ECB reads no initial value, and is given one all the same.
        let done = unsafe {
            function(
                self.machine.session,
                self.key,
                self.machine.sm4_ecb_id,
                iv.as_mut_ptr(),
                block.as_mut_ptr(),
                SM4_BLOCK_BYTES,
                out.as_mut_ptr(),
                &mut length,
            )
        };
        ok(name, done)?;
        if length != SM4_BLOCK_BYTES {
            return Err(DeviceError::Device(format!("{name} made {length} bytes of a block")));
        }
        *block = out;
        Ok(())
    }
}

impl Drop for OpenKey<'_> {
    fn drop(&mut self) {
        // SAFETY: the handle is of this session, and was not destroyed.
        unsafe { (self.machine.functions.destroy_key)(self.machine.session, self.key) };
    }
}

impl Device for Machine {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn public_key(&self, algorithm: SignatureAlgorithm, label: &str) -> Result<Vec<u8>, DeviceError> {
        only_sm2(algorithm)?;
        self.exported(label).map(|(_, key)| key)
    }

    fn sign(&self, algorithm: SignatureAlgorithm, label: &str, input: &[u8]) -> Result<Vec<u8>, DeviceError> {
        only_sm2(algorithm)?;
        let index = index_of(label)?;
        self.unlock(index)?;
        let width = match self.width.get() {
            Some(known) => known,
            None => self.exported(label)?.0,
        };
        let mut digest = input.to_vec();
        let mut written = [0; BUFFER_BYTES];
        // SAFETY: the digest is given with its length; the buffer is longer than an ECCSignature of either width.
        let signed = unsafe {
            let length = digest.len() as c_uint;
            (self.functions.sign)(self.session, index, digest.as_mut_ptr(), length, written.as_mut_ptr())
        };
        ok("SDF_InternalSign_ECC", signed)?;
        coordinates::pair(width, &written)
            .ok_or_else(|| DeviceError::Device("it wrote no signature of 256 bits".into()))
    }

    /// length (2) ‖ a key drawn in the machine, encrypted there ‖ the given key, wrapped under that one.
    fn wrap(&self, algorithm: WrapAlgorithm, label: &str, key: &[u8]) -> Result<Vec<u8>, DeviceError> {
        only_sm4(algorithm)?;
        let (encrypted, drawn) = self.drawn_key(index_of(label)?)?;
        let mut wrapped = (encrypted.len() as u16).to_be_bytes().to_vec();
        wrapped.extend_from_slice(&encrypted);
        wrapped.extend(key_wrap::wrap(key, |block| drawn.crypt(true, block))?);
        Ok(wrapped)
    }

    fn unwrap(&self, algorithm: WrapAlgorithm, label: &str, wrapped: &[u8]) -> Result<Vec<u8>, DeviceError> {
        only_sm4(algorithm)?;
        let unreadable = || DeviceError::Unreadable("it is damaged, or was wrapped elsewhere".into());
        let (length, rest) = wrapped.split_first_chunk().ok_or_else(unreadable)?;
        let (encrypted, key) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(unreadable)?;
        let drawn = self.imported_key(index_of(label)?, encrypted)?;
        key_wrap::unwrap(key, |block| drawn.crypt(false, block))
    }
}

fn index_of(label: &str) -> Result<u32, DeviceError> {
    let is_number = !label.starts_with('0') && label.bytes().all(|byte| byte.is_ascii_digit());
    let index = if is_number { label.parse().ok() } else { None };
    index.ok_or_else(|| DeviceError::NoKey(format!("{label} is no index of a key")))
}

fn only_sm2(algorithm: SignatureAlgorithm) -> Result<(), DeviceError> {
    if algorithm == SignatureAlgorithm::Sm2 { Ok(()) } else { unsupported("signs with SM2 alone") }
}

fn only_sm4(algorithm: WrapAlgorithm) -> Result<(), DeviceError> {
    if algorithm == WrapAlgorithm::Sm4Kw { Ok(()) } else { unsupported("wraps with SM4 alone") }
}

fn unsupported(does: &str) -> Result<(), DeviceError> {
    Err(DeviceError::Unsupported(format!("a cipher machine {does}")))
}

/// Texts of SDF end with a zero, or with their room.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}

fn setting_up(function: &str, code: c_int) -> Result<(), String> {
    if code == OK { Ok(()) } else { Err(format!("{function} failed (0x{code:08x})")) }
}

fn ok(function: &str, code: c_int) -> Result<(), DeviceError> {
    let said = format!("{function} failed (0x{code:08x})");
    match code {
        OK => Ok(()),
        NOT_SUPPORTED | ALGORITHM_NOT_SUPPORTED | MODE_NOT_SUPPORTED => Err(DeviceError::Unsupported(said)),
        KEY_NOT_EXIST => Err(DeviceError::NoKey(said)),
        ACCESS_DENIED | KEY_TYPE_ERROR | KEY_ERROR => Err(DeviceError::UnusableKey(said)),
        _ => Err(DeviceError::Device(said)),
    }
}
