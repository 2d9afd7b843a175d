//! An SQLite VFS that counts calls, lets some of them fail, and simulates a disk whose power is cut.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_vfs};

use super::disk::Disk;
use super::random::Random;
use super::vfs_file::{File, METHODS};
use super::vfs_state::State;
pub use super::vfs_state::{Call, Fault};

/// The data that SQLite passes to the functions below.
pub(super) struct Shim {
    pub(super) real: *mut sqlite3_vfs,
    pub(super) state: Arc<Mutex<State>>,
}

impl Shim {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A VFS that is registered under a name of its own.
pub struct Vfs {
    pub name: String,
    state: Arc<Mutex<State>>,
}

impl Vfs {
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("shim-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let state = Arc::new(Mutex::new(State::default()));
        // SAFETY: a null name asks for the default VFS, which lives as long as the process.
        let real = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!real.is_null(), "SQLite has a VFS");
        let shim = Box::new(Shim {
            real,
            state: Arc::clone(&state),
        });
        let c_name = CString::new(name.clone()).expect("no zero byte");
        // SAFETY: `real` is not null, and a registered VFS is not changed.
        let (file_bytes, path_bytes) = unsafe { ((*real).szOsFile, (*real).mxPathname) };
        let vfs = Box::new(sqlite3_vfs {
            iVersion: 1,
            szOsFile: size_of::<File>() as c_int + file_bytes,
            mxPathname: path_bytes,
            pNext: ptr::null_mut(),
            zName: c_name.into_raw(),
            pAppData: Box::into_raw(shim).cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SAFETY: the VFS and everything that it points to are leaked, so they outlive every connection.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(vfs), 0) };
        assert_eq!(code, ffi::SQLITE_OK);
        Self { name, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Simulates a disk from now on. If `is_plain` is set, the device has no special characteristics.
    pub fn simulate_disk(&self, is_plain: bool) {
        let mut state = self.state();
        state.disk = Some(Disk::default());
        state.characteristics = is_plain.then_some(0);
    }

    /// Restarts the count of calls, and sets the fault. `None` removes the fault.
    pub fn set_fault(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.calls = 0;
        state.fault = fault;
        state.fired = None;
    }

    /// Returns the first call that failed since the fault was set.
    pub fn fired(&self) -> Option<Call> {
        self.state().fired
    }

    /// Returns whether all further calls succeed.
    pub fn is_sound(&self) -> bool {
        let state = self.state();
        !state.is_cut
            && state
                .fault
                .is_none_or(|fault| !fault.is_lasting && state.calls > fault.at)
    }

    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    pub fn set_quota(&self, bytes: Option<u64>) {
        self.state().quota = bytes;
    }

    /// Cuts the power at the call with this number.
    pub fn cut_at(&self, number: u64) {
        self.state().cut_at = Some(number);
    }

    pub fn is_cut(&self) -> bool {
        self.state().is_cut
    }

    /// Cuts the power, and writes a possible content of the disk into a directory.
    pub fn cut_into(&self, from: &Path, to: &Path, random: &mut Random) {
        let mut state = self.state();
        state.is_cut = true;
        state
            .disk
            .as_ref()
            .expect("a simulated disk")
            .image(from, to, random);
    }
}

impl Drop for Vfs {
    fn drop(&mut self) {
        // The VFS stays registered, but its data is freed.
        *self.state() = State::default();
    }
}

/// Returns the data of a VFS that was registered here.
fn shim<'a>(vfs: *mut sqlite3_vfs) -> &'a Shim {
    // SAFETY: SQLite calls these functions with the VFS that was registered with them, and its data is never freed.
    unsafe { &*(*vfs).pAppData.cast::<Shim>() }
}

/// Converts a path from SQLite.
fn path_of(name: *const c_char) -> PathBuf {
    assert!(!name.is_null(), "there are no temporary files");
    // SAFETY: SQLite's paths end with a zero byte.
    let name = unsafe { CStr::from_ptr(name) };
    Path::new(OsStr::from_bytes(name.to_bytes())).to_owned()
}

extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let shim = shim(vfs);
    let path = path_of(name);
    let mut state = shim.state();
    let counted = state.count(Call::Open);
    // SAFETY: SQLite reserved `szOsFile` bytes here.
    unsafe { (*file).pMethods = ptr::null() };
    if let Err(code) = counted {
        return code;
    }
    if let Some(disk) = &mut state.disk {
        disk.open(&path);
    }
    drop(state);
    let file = file.cast::<File>();
    // SAFETY: the memory has space for the file of this VFS, and after it for the file of the real VFS, which opens it
    // there. The file of this VFS is written completely, without reading the memory first.
    unsafe {
        let real = file.add(1).cast::<sqlite3_file>();
        (*real).pMethods = ptr::null();
        let open = (*shim.real).xOpen.expect("every VFS has it");
        let code = open(shim.real, name, real, flags, out_flags);
        if code == ffi::SQLITE_OK {
            let base = sqlite3_file { pMethods: &METHODS };
            file.write(File {
                base,
                shim,
                path: Box::into_raw(Box::new(path)),
            });
        }
        code
    }
}

extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    let shim = shim(vfs);
    let mut state = shim.state();
    if let Err(code) = state.count(Call::Delete) {
        return code;
    }
    if let Some(disk) = &mut state.disk {
        disk.delete(&path_of(name));
    }
    // SAFETY: the real VFS receives the arguments of SQLite.
    unsafe { (*shim.real).xDelete.expect("every VFS has it")(shim.real, name, sync) }
}

extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let shim = shim(vfs);
    if let Err(code) = shim.state().count(Call::Access) {
        return code;
    }
    // SAFETY: the real VFS receives the arguments of SQLite.
    unsafe { (*shim.real).xAccess.expect("every VFS has it")(shim.real, name, flags, out) }
}

extern "C" fn full_pathname(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    bytes: c_int,
    out: *mut c_char,
) -> c_int {
    let real = shim(vfs).real;
    // SAFETY: the real VFS receives the arguments of SQLite.
    unsafe { (*real).xFullPathname.expect("every VFS has it")(real, name, bytes, out) }
}

extern "C" fn randomness(vfs: *mut sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    let real = shim(vfs).real;
    // SAFETY: the real VFS receives the arguments of SQLite.
    unsafe { (*real).xRandomness.expect("every VFS has it")(real, bytes, out) }
}

extern "C" fn sleep(vfs: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    let real = shim(vfs).real;
    // SAFETY: the real VFS receives the arguments of SQLite.
    unsafe { (*real).xSleep.expect("every VFS has it")(real, microseconds) }
}

extern "C" fn current_time(vfs: *mut sqlite3_vfs, out: *mut f64) -> c_int {
    let real = shim(vfs).real;
    // SAFETY: the real VFS receives the arguments of SQLite.
    unsafe { (*real).xCurrentTime.expect("every VFS has it")(real, out) }
}

/// Converts the int64 with which SQLite counts bytes to a length.
pub(super) fn length(number: sqlite3_int64) -> usize {
    usize::try_from(number).expect("no negative length")
}

/// The argument of a file control call.
pub(super) type Argument = *mut c_void;
