//! Any bytes: `open_end` does not panic. What libdeflate gives can be followed by another stream.

#![no_main]

#[path = "../../src/pack/compress/join/mod.rs"]
mod join;

use libdeflater::{CompressionLvl, Compressor, Decompressor};
use libfuzzer_sys::fuzz_target;

const NEXT: &[u8] = b"the second stream, the second stream";

fuzz_target!(|bytes: &[u8]| {
    // What it makes of these is of no matter: it is asked about libdeflate's streams alone.
    let _ = join::open_end(&mut bytes.to_vec());
    if let Some((level, content)) = bytes.split_first() {
        followed(i32::from(level % 13), content);
    }
});

fn followed(level: i32, content: &[u8]) {
    let mut stream = deflated(level, content);
    join::open_end(&mut stream).expect("libdeflate gives deflate streams");
    stream.extend(deflated(6, NEXT));
    let mut both = vec![0; content.len() + NEXT.len()];
    let length = Decompressor::new().deflate_decompress(&stream, &mut both).expect("two streams are one");
    assert_eq!(length, both.len());
    assert!(both == [content, NEXT].concat());
}

fn deflated(level: i32, content: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(level).expect("levels go from 0 to 12"));
    let mut stream = vec![0; compressor.deflate_compress_bound(content.len())];
    let length = compressor.deflate_compress(content, &mut stream).expect("there is room");
    stream.truncate(length);
    stream
}
