//! The files of the VFS in vfs.rs. Each call is counted, may fail, is passed to the simulated disk, and then to the
//! real file.

use std::ffi::{c_int, c_void};
use std::path::{Path, PathBuf};
use std::slice;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};

use super::vfs::{Argument, Call, Shim, length};

/// The file of this VFS. The file of the real VFS follows it in memory.
#[repr(C)]
pub(super) struct File {
    pub(super) base: sqlite3_file,
    pub(super) shim: *const Shim,
    pub(super) path: *mut PathBuf,
}

/// The methods of version 1, which has neither shared memory nor memory mapping. The store uses neither.
pub(super) static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

struct Parts<'a> {
    shim: &'a Shim,
    path: &'a Path,
    real: *mut sqlite3_file,
    methods: &'a sqlite3_io_methods,
}

fn parts<'a>(file: *mut sqlite3_file) -> Parts<'a> {
    let file = file.cast::<File>();
    // SAFETY: SQLite calls these methods with files that `open` has initialised and `close` has not received yet. The
    // shim is never freed, and the path and the real file exist until `close`.
    unsafe {
        let real = file.add(1).cast::<sqlite3_file>();
        Parts {
            shim: &*(*file).shim,
            path: &*(*file).path,
            real,
            methods: &*(*real).pMethods,
        }
    }
}

extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let Parts { real, methods, .. } = parts(file);
    // SAFETY: a file is closed once, and `Box::into_raw` made the path.
    unsafe {
        drop(Box::from_raw((*file.cast::<File>()).path));
        methods.xClose.expect("every file has it")(real)
    }
}

extern "C" fn read(
    file: *mut sqlite3_file,
    to: *mut c_void,
    bytes: c_int,
    at: sqlite3_int64,
) -> c_int {
    let Parts {
        shim,
        real,
        methods,
        ..
    } = parts(file);
    if let Err(code) = shim.state().count(Call::Read) {
        return code;
    }
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xRead.expect("every file has it")(real, to, bytes, at) }
}

extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    at: sqlite3_int64,
) -> c_int {
    let Parts {
        shim,
        path,
        real,
        methods,
    } = parts(file);
    let mut state = shim.state();
    let was_cut = state.is_cut();
    let mut counted = state.count(Call::Write);
    if counted.is_ok() && !state.has_room(path, (length(at) + bytes as usize) as u64) {
        counted = Err(ffi::SQLITE_FULL);
    }
    // A write that fails writes half of its bytes. The write at which the power is cut may still reach the disk.
    let written = match counted {
        Ok(()) => bytes,
        Err(ffi::SQLITE_FULL) => 0,
        Err(_) if state.is_cut() => bytes,
        Err(_) => bytes / 2,
    };
    if let Some(disk) = &mut state.disk
        && !was_cut
    {
        // SAFETY: SQLite passes a buffer of at least this number of bytes.
        let content = unsafe { slice::from_raw_parts(from.cast::<u8>(), written as usize) };
        if written > 0 {
            disk.write(path, content, length(at));
        }
    }
    if state.is_cut() || written == 0 {
        return counted.err().unwrap_or(ffi::SQLITE_OK);
    }
    // SAFETY: the real file receives the arguments of SQLite, or a shorter length.
    let code = unsafe { methods.xWrite.expect("every file has it")(real, from, written, at) };
    counted.err().unwrap_or(code)
}

extern "C" fn truncate(file: *mut sqlite3_file, bytes: sqlite3_int64) -> c_int {
    let Parts {
        shim,
        path,
        real,
        methods,
    } = parts(file);
    let mut state = shim.state();
    if let Err(code) = state.count(Call::Truncate) {
        return code;
    }
    if let Some(disk) = &mut state.disk {
        disk.truncate(path, length(bytes));
    }
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xTruncate.expect("every file has it")(real, bytes) }
}

extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let Parts {
        shim,
        path,
        real,
        methods,
    } = parts(file);
    let mut state = shim.state();
    let counted = state.count(Call::Sync);
    let is_cut = state.is_cut();
    if let Some(disk) = &mut state.disk {
        match counted {
            // Only the simulated disk is flushed, which takes no time.
            Ok(()) => {
                disk.sync(path);
                return ffi::SQLITE_OK;
            }
            Err(_) if !is_cut => disk.fail_sync(path),
            Err(_) => {}
        }
    }
    if let Err(code) = counted {
        return code;
    }
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xSync.expect("every file has it")(real, flags) }
}

extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    let Parts {
        shim,
        real,
        methods,
        ..
    } = parts(file);
    if let Err(code) = shim.state().count(Call::Size) {
        return code;
    }
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xFileSize.expect("every file has it")(real, out) }
}

extern "C" fn lock(file: *mut sqlite3_file, kind: c_int) -> c_int {
    let Parts {
        shim,
        real,
        methods,
        ..
    } = parts(file);
    if let Err(code) = shim.state().count(Call::Lock) {
        return code;
    }
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xLock.expect("every file has it")(real, kind) }
}

extern "C" fn unlock(file: *mut sqlite3_file, kind: c_int) -> c_int {
    let Parts { real, methods, .. } = parts(file);
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xUnlock.expect("every file has it")(real, kind) }
}

extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    let Parts { real, methods, .. } = parts(file);
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xCheckReservedLock.expect("every file has it")(real, out) }
}

extern "C" fn file_control(file: *mut sqlite3_file, operation: c_int, argument: Argument) -> c_int {
    let Parts { real, methods, .. } = parts(file);
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xFileControl.expect("every file has it")(real, operation, argument) }
}

extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    512
}

extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    let Parts {
        shim,
        real,
        methods,
        ..
    } = parts(file);
    if let Some(characteristics) = shim.state().characteristics {
        return characteristics;
    }
    // SAFETY: the real file receives the arguments of SQLite.
    unsafe { methods.xDeviceCharacteristics.expect("every file has it")(real) }
}
