//! A reader that has nothing in common with ours, where there is Python.

use std::io::Write;
use std::process::{Command, Stdio};

use super::inputs::{SOME, kinds};
use super::{Encoder, End, deflated, whole};

#[test]
fn python_reads_it() {
    const PROGRAM: &str = "
import sys, zlib
data, at = sys.stdin.buffer.read(), 0
def take():
    global at
    length = int.from_bytes(data[at:at + 8], 'little')
    at += 8 + length
    return data[at - length:at]
count = 0
while at < len(data):
    expected, stream = take(), take()
    reader = zlib.decompressobj(-15)
    assert reader.decompress(stream) == expected and reader.eof and not reader.unused_data, count
    count += 1
print(count)
";
    let program = ["python3", "python"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let Some(program) = program else { return };
    let (mut encoder, mut data, mut count) = (Encoder::new(), Vec::new(), 0);
    for (_, input) in kinds().iter().filter(|(_, input)| input.len() < 100_000) {
        for effort in SOME {
            let mut stream = deflated(&mut encoder, &input[..input.len() / 2], 0, effort, End::Open);
            encoder.deflate(input, input.len() / 2, effort, End::Stream, &mut stream);
            for stream in [stream, whole(&mut encoder, input, effort)] {
                for bytes in [input, &stream] {
                    data.extend((bytes.len() as u64).to_le_bytes());
                    data.extend_from_slice(bytes);
                }
                count += 1;
            }
        }
    }
    let mut child =
        Command::new(program).args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&data).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), count.to_string());
}
