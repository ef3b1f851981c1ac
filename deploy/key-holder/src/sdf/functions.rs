//! Functions, structures and numbers of GM/T 0018-2023 clauses 5 and 6, by their names in the library.
use std::ffi::{c_int, c_uint, c_void};

use crate::library::Library;

pub type Session = *mut c_void;
pub type Key = *mut c_void;

/// DEVICEINFO, clause 5.3.
#[repr(C)]
pub struct DeviceInfo {
    pub issuer: [u8; 40],
    pub name: [u8; 16],
    pub serial: [u8; 16],
    pub versions: [c_uint; 2],
    pub abilities: [c_uint; 4],
    pub buffer_bytes: c_uint,
}

pub const OK: c_int = 0;
/// Annex A.
pub const NOT_SUPPORTED: c_int = 0x0100_0002;
pub const ACCESS_DENIED: c_int = 0x0100_0007;
pub const KEY_NOT_EXIST: c_int = 0x0100_0008;
pub const ALGORITHM_NOT_SUPPORTED: c_int = 0x0100_0009;
pub const MODE_NOT_SUPPORTED: c_int = 0x0100_000a;
pub const SYMMETRIC_FAILED: c_int = 0x0100_000f;
pub const KEY_TYPE_ERROR: c_int = 0x0100_0014;
pub const KEY_ERROR: c_int = 0x0100_0015;
pub const ENCRYPTED_DATA_ERROR: c_int = 0x0100_0016;

type OfIndex = unsafe extern "C" fn(Session, c_uint, *mut u8) -> c_int;
type Crypt = unsafe extern "C" fn(Session, Key, c_uint, *mut u8, *mut u8, c_uint, *mut u8, *mut c_uint) -> c_int;

#[derive(Clone, Copy)]
pub struct Functions {
    pub open_device: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    pub open_session: unsafe extern "C" fn(*mut c_void, *mut Session) -> c_int,
    pub device_info: unsafe extern "C" fn(Session, *mut DeviceInfo) -> c_int,
    pub access_right: unsafe extern "C" fn(Session, c_uint, *mut u8, c_uint) -> c_int,
    /// It writes an ECCrefPublicKey, whose size depends on the library.
    pub export_public_key: OfIndex,
    /// It writes an ECCSignature, as well.
    pub sign: unsafe extern "C" fn(Session, c_uint, *mut u8, c_uint, *mut u8) -> c_int,
    pub generate_key: unsafe extern "C" fn(Session, c_uint, c_uint, c_uint, *mut u8, *mut c_uint, *mut Key) -> c_int,
    pub import_key: unsafe extern "C" fn(Session, c_uint, c_uint, *mut u8, c_uint, *mut Key) -> c_int,
    pub destroy_key: unsafe extern "C" fn(Session, Key) -> c_int,
    pub encrypt: Crypt,
    pub decrypt: Crypt,
}

impl Functions {
    pub fn of(library: &Library) -> Result<Self, String> {
        // SAFETY: GM/T 0018 gives the types of the functions of these names.
        unsafe {
            Ok(Self {
                open_device: library.function("SDF_OpenDevice")?,
                open_session: library.function("SDF_OpenSession")?,
                device_info: library.function("SDF_GetDeviceInfo")?,
                access_right: library.function("SDF_GetPrivateKeyAccessRight")?,
                export_public_key: library.function("SDF_ExportSignPublicKey_ECC")?,
                sign: library.function("SDF_InternalSign_ECC")?,
                generate_key: library.function("SDF_GenerateKeyWithKEK")?,
                import_key: library.function("SDF_ImportKeyWithKEK")?,
                destroy_key: library.function("SDF_DestroyKey")?,
                encrypt: library.function("SDF_Encrypt")?,
                decrypt: library.function("SDF_Decrypt")?,
            })
        }
    }
}
