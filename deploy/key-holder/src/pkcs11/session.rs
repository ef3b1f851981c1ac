//! One session with a token, with its user logged in.
use std::ffi::c_void;
use std::ptr::null_mut;

use super::functions::Functions;
use super::types::*;
use crate::End;
use crate::device::DeviceError;
use crate::library::Library;

const SLOTS_MAX: usize = 1_024;
/// More keys of one label are one too many.
const FOUND_MAX: usize = 2;
const POINT_BYTES_MAX: usize = 256;
const SIGNATURE_BYTES: usize = 64;
const WRAPPED_BYTES_MAX: usize = 512;
const KEY_BYTES_MAX: usize = 64;

pub struct Session {
    functions: Functions,
    handle: Handle,
}

impl Session {
    /// With what the token calls itself.
    pub fn open(library: &Library, label: &str, pin: &mut [u8]) -> Result<(Self, String), End> {
        let functions = Functions::of(library)?;
        let mut arguments =
            InitializeArgs { mutex_functions: [null_mut(); 4], flags: OS_LOCKING_OK, reserved: null_mut() };
        // SAFETY: the structure is of the version that the list is of.
        setting_up("C_Initialize", unsafe { (functions.initialize)(&mut arguments) })?;
        let (slot, name) = slot_of(&functions, label)?;
        let mut handle = 0;
        // SAFETY: no callback is given; one handle is written.
        let opened =
            unsafe { (functions.open_session)(slot, SERIAL_SESSION | RW_SESSION, null_mut(), null_mut(), &mut handle) };
        setting_up("C_OpenSession", opened)?;
        // SAFETY: the PIN is given with its length.
        let logged_in = unsafe { (functions.login)(handle, USER, pin.as_mut_ptr(), pin.len() as Ulong) };
        match logged_in {
            OK | USER_ALREADY_LOGGED_IN => Ok((Self { functions, handle }, name)),
            PIN_INCORRECT => {
                Err(End::PinRefused(format!("the PIN of the token {label} is wrong: each further try may lock it")))
            }
            PIN_LOCKED => Err(End::PinRefused(format!("the PIN of the token {label} is locked"))),
            _ => Err(End::Failed(format!("C_Login of the token {label} failed (0x{logged_in:x})"))),
        }
    }

    /// Two at most.
    pub fn find(&self, class: Ulong, kind: Ulong, label: &str) -> Result<Vec<Handle>, DeviceError> {
        let (mut class, mut kind, mut label) = (class, kind, label.as_bytes().to_vec());
        let mut wanted = [
            number(ATTRIBUTE_CLASS, &mut class),
            number(ATTRIBUTE_KEY_TYPE, &mut kind),
            bytes(ATTRIBUTE_LABEL, &mut label),
        ];
        let mut found = [0; FOUND_MAX];
        let mut count = 0;
        // SAFETY: attributes point to values that live until the end; as many handles are written as there is room for.
        unsafe {
            let Functions { find_objects_init, find_objects, find_objects_final, .. } = self.functions;
            ok("C_FindObjectsInit", find_objects_init(self.handle, wanted.as_mut_ptr(), wanted.len() as Ulong))?;
            let found = find_objects(self.handle, found.as_mut_ptr(), FOUND_MAX as Ulong, &mut count);
            ok("C_FindObjectsFinal", find_objects_final(self.handle))?;
            ok("C_FindObjects", found)?;
        }
        Ok(found[..(count as usize).min(FOUND_MAX)].to_vec())
    }

    pub fn point(&self, key: Handle) -> Result<Vec<u8>, DeviceError> {
        let mut point = vec![0; POINT_BYTES_MAX];
        self.attribute(key, ATTRIBUTE_EC_POINT, &mut point)?;
        Ok(point)
    }

    /// CKA_VALUE_LEN.
    pub fn value_bytes(&self, key: Handle) -> Result<u64, DeviceError> {
        let mut length = vec![0; size_of::<Ulong>()];
        self.attribute(key, ATTRIBUTE_VALUE_LEN, &mut length)?;
        let bytes = length.try_into().map_err(|_| failed("CKA_VALUE_LEN", OK))?;
        Ok(Ulong::from_ne_bytes(bytes))
    }

    pub fn sign(&self, mechanism: Ulong, key: Handle, input: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let mut mechanism = Mechanism { kind: mechanism, parameter: null_mut(), length: 0 };
        let mut input = input.to_vec();
        let mut signature = vec![0; SIGNATURE_BYTES];
        let mut length = SIGNATURE_BYTES as Ulong;
        // SAFETY: every buffer is given with its length.
        unsafe {
            ok("C_SignInit", (self.functions.sign_init)(self.handle, &mut mechanism, key))?;
            let signed = (self.functions.sign)(
                self.handle,
                input.as_mut_ptr(),
                input.len() as Ulong,
                signature.as_mut_ptr(),
                &mut length,
            );
            ok("C_Sign", signed)?;
        }
        if length as usize != SIGNATURE_BYTES {
            return Err(DeviceError::UnusableKey(format!("it signs {length} bytes, not {SIGNATURE_BYTES}")));
        }
        Ok(signature)
    }

    /// The key becomes an object of this session alone, and is gone when this returns.
    pub fn wrap(&self, with: Handle, key: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let mut value = key.to_vec();
        let (mut class, mut kind, mut yes, mut no) = (CLASS_SECRET_KEY, KEY_GENERIC_SECRET, vec![1], vec![0]);
        let mut attributes = [
            number(ATTRIBUTE_CLASS, &mut class),
            number(ATTRIBUTE_KEY_TYPE, &mut kind),
            bytes(ATTRIBUTE_TOKEN, &mut no),
            bytes(ATTRIBUTE_EXTRACTABLE, &mut yes),
            bytes(ATTRIBUTE_VALUE, &mut value),
        ];
        let count = attributes.len() as Ulong;
        let mut object = 0;
        let create = self.functions.create_object;
        // SAFETY: attributes point to values that live until the end.
        let created = unsafe { create(self.handle, attributes.as_mut_ptr(), count, &mut object) };
        crate::secret::forget(&mut value);
        ok("C_CreateObject", created)?;
        let mut mechanism = Mechanism { kind: MECHANISM_AES_KEY_WRAP, parameter: null_mut(), length: 0 };
        let mut wrapped = vec![0; WRAPPED_BYTES_MAX];
        let mut length = WRAPPED_BYTES_MAX as Ulong;
        let wrap = self.functions.wrap_key;
        // SAFETY: the buffer is given with its length.
        let done = unsafe { wrap(self.handle, &mut mechanism, with, object, wrapped.as_mut_ptr(), &mut length) };
        self.destroy(object)?;
        ok("C_WrapKey", done)?;
        wrapped.truncate(length as usize);
        Ok(wrapped)
    }

    pub fn unwrap(&self, with: Handle, wrapped: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let mut wrapped = wrapped.to_vec();
        let (mut class, mut kind, mut yes, mut no) = (CLASS_SECRET_KEY, KEY_GENERIC_SECRET, vec![1], vec![0]);
        let mut sensitive = no.clone();
        let mut attributes = [
            number(ATTRIBUTE_CLASS, &mut class),
            number(ATTRIBUTE_KEY_TYPE, &mut kind),
            bytes(ATTRIBUTE_TOKEN, &mut no),
            bytes(ATTRIBUTE_SENSITIVE, &mut sensitive),
            bytes(ATTRIBUTE_EXTRACTABLE, &mut yes),
        ];
        let count = attributes.len() as Ulong;
        let mut mechanism = Mechanism { kind: MECHANISM_AES_KEY_WRAP, parameter: null_mut(), length: 0 };
        let mut object = 0;
        // SAFETY: every buffer is given with its length, and attributes point to values that live until the end.
        let unwrapped = unsafe {
            (self.functions.unwrap_key)(
                self.handle,
                &mut mechanism,
                with,
                wrapped.as_mut_ptr(),
                wrapped.len() as Ulong,
                attributes.as_mut_ptr(),
                count,
                &mut object,
            )
        };
        ok("C_UnwrapKey", unwrapped).map_err(unreadable)?;
        let mut key = vec![0; KEY_BYTES_MAX];
        let read = self.attribute(object, ATTRIBUTE_VALUE, &mut key);
        self.destroy(object)?;
        read.map(|()| key)
    }

    fn destroy(&self, object: Handle) -> Result<(), DeviceError> {
        // SAFETY: the object is one that this session made.
        ok("C_DestroyObject", unsafe { (self.functions.destroy_object)(self.handle, object) })
    }

    /// Into `value`, which is as long then as the attribute is.
    fn attribute(&self, object: Handle, kind: Ulong, value: &mut Vec<u8>) -> Result<(), DeviceError> {
        let mut wanted = bytes(kind, value);
        // SAFETY: the attribute points to a buffer of the length it says.
        let read = unsafe { (self.functions.get_attribute_value)(self.handle, object, &mut wanted, 1) };
        ok("C_GetAttributeValue", read)?;
        value.truncate(wanted.length as usize);
        Ok(())
    }
}

/// The slot whose token has this label.
fn slot_of(functions: &Functions, label: &str) -> Result<(Ulong, String), String> {
    let mut slots = [0; SLOTS_MAX];
    let mut count = SLOTS_MAX as Ulong;
    // SAFETY: as many numbers are written as there is room for.
    let listed = unsafe { (functions.get_slot_list)(1, slots.as_mut_ptr(), &mut count) };
    setting_up("C_GetSlotList", listed)?;
    for &slot in &slots[..(count as usize).min(SLOTS_MAX)] {
        let mut info = std::mem::MaybeUninit::<TokenInfo>::zeroed();
        // SAFETY: it writes one structure, and zeros are a valid one.
        let (read, info) = unsafe { ((functions.get_token_info)(slot, info.as_mut_ptr()), info.assume_init()) };
        if read == OK && padded(&info.label) == label {
            return Ok((slot, format!("{} {}", padded(&info.manufacturer), padded(&info.model))));
        }
    }
    Err(format!("the module knows no token {label}"))
}

/// Texts of PKCS#11 are filled up with blanks.
fn padded(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim_end_matches([' ', '\0']).to_owned()
}

fn number(kind: Ulong, value: &mut Ulong) -> Attribute {
    Attribute { kind, value: std::ptr::from_mut(value).cast::<c_void>(), length: size_of::<Ulong>() as Ulong }
}

fn bytes(kind: Ulong, value: &mut Vec<u8>) -> Attribute {
    Attribute { kind, value: value.as_mut_ptr().cast(), length: value.len() as Ulong }
}

fn setting_up(function: &str, rv: Rv) -> Result<(), String> {
    if rv == OK { Ok(()) } else { Err(format!("{function} failed (0x{rv:x})")) }
}

fn ok(function: &str, rv: Rv) -> Result<(), DeviceError> {
    let said = || format!("{function} failed (0x{rv:x})");
    match rv {
        OK => Ok(()),
        MECHANISM_INVALID | FUNCTION_NOT_SUPPORTED => Err(DeviceError::Unsupported(said())),
        KEY_SIZE_RANGE
        | KEY_TYPE_INCONSISTENT
        | KEY_FUNCTION_NOT_PERMITTED
        | KEY_NOT_WRAPPABLE
        | WRAPPING_KEY_TYPE_INCONSISTENT
        | UNWRAPPING_KEY_TYPE_INCONSISTENT => Err(DeviceError::UnusableKey(said())),
        ENCRYPTED_DATA_INVALID | WRAPPED_KEY_INVALID | WRAPPED_KEY_LEN_RANGE => Err(DeviceError::Unreadable(said())),
        _ => Err(failed(function, rv)),
    }
}

fn failed(function: &str, rv: Rv) -> DeviceError {
    DeviceError::Device(format!("{function} failed (0x{rv:x})"))
}

/// Tokens that check no more than the wrapped key's form fail generally on one that was wrapped under another key.
fn unreadable(error: DeviceError) -> DeviceError {
    const GENERAL_ERROR: &str = "C_UnwrapKey failed (0x5)";
    match error {
        DeviceError::Device(said) if said == GENERAL_ERROR => DeviceError::Unreadable(said),
        other => other,
    }
}
