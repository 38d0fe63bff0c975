//! The floor in a process of Node.js, where the calls to the system take longer than in one of its own: a library that
//! does its work, and prints what it took, when Node.js loads it. See ../../floor.cjs.

#[cfg(target_os = "linux")]
mod floor;

/// What Node.js calls in a library that it loads. It gets back the exports that it gave, as they are.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
pub extern "C" fn napi_register_module_v1(_env: *const (), exports: *const ()) -> *const () {
    // The process is `node floor.cjs LIBRARY FOLDER REPETITIONS`.
    let arguments: Vec<String> = std::env::args().collect();
    let reported = match &arguments[..] {
        [.., folder, repetitions] => {
            repetitions.parse().map_err(Into::into).and_then(|times| floor::report(folder, times, false))
        }
        // Not every C library gives them to what is loaded later.
        _ => Err("no arguments".into()),
    };
    if let Err(error) = reported {
        eprintln!("{error}");
        std::process::exit(1);
    }
    exports
}
