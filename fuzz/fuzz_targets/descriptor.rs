#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ninzu_fuzz::descriptor(data));
