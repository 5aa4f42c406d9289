/** BLAKE2b-512 without a key (RFC 7693), which WebCrypto lacks. Words of 64 bits are two of 32, the low one first. */
const IV = new Uint32Array([
  0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a,
  0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19,
]);
const SIGMA = [
  "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d", "2c6a0b834d75fe19",
  "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0", "0123456789abcdef", "ea489fd61c02b753",
].map((row) => [...row].map((digit) => parseInt(digit, 16)));
/** Which words of the state each of the eight mixings takes: the columns, then the diagonals. */
const MIX = ["048c", "159d", "26ae", "37bf", "05af", "16bc", "278d", "349e"].map((row) => [...row].map((digit) => parseInt(digit, 16)));

/** The hash of some bytes: 64 bytes. */
export function blake2b(input: Uint8Array): Uint8Array {
  const h = IV.slice();
  h[0]! ^= 0x01010040;
  const v = new Uint32Array(32);
  const m = new Uint32Array(32);
  const add = (a: number, low: number, high: number) => {
    const sum = v[2 * a]! + low;
    v[2 * a + 1] = v[2 * a + 1]! + high + (sum > 0xffffffff ? 1 : 0);
    v[2 * a] = sum;
  };
  /** v[a] = (v[a] ^ v[b]) rotated right by so many bits. */
  const turn = (a: number, b: number, bits: number) => {
    const [low, high] = [v[2 * a]! ^ v[2 * b]!, v[2 * a + 1]! ^ v[2 * b + 1]!];
    const [x, y] = bits === 32 ? [high, low] : bits === 63 ? [high, low] : [low, high];
    const by = bits === 63 ? 31 : bits % 32;
    v[2 * a] = by === 0 ? x : (x >>> by) | (y << (32 - by));
    v[2 * a + 1] = by === 0 ? y : (y >>> by) | (x << (32 - by));
  };
  const blocks = Math.max(1, Math.ceil(input.length / 128));
  const block = new Uint8Array(128);
  const words = new DataView(block.buffer);
  for (let at = 0; at < blocks; at += 1) {
    const part = input.subarray(128 * at, 128 * (at + 1));
    block.fill(0);
    block.set(part);
    for (let i = 0; i < 32; i += 1) m[i] = words.getUint32(4 * i, true);
    v.set(h);
    v.set(IV, 16);
    const end = 128 * at + part.length;
    v[24]! ^= end >>> 0;
    v[25]! ^= Math.floor(end / 2 ** 32);
    if (at === blocks - 1) {
      v[28] = ~v[28]!;
      v[29] = ~v[29]!;
    }
    for (const order of SIGMA) {
      MIX.forEach(([a, b, c, d], i) => {
        const [x, y] = [order[2 * i]!, order[2 * i + 1]!];
        add(a!, v[2 * b!]!, v[2 * b! + 1]!);
        add(a!, m[2 * x]!, m[2 * x + 1]!);
        turn(d!, a!, 32);
        add(c!, v[2 * d!]!, v[2 * d! + 1]!);
        turn(b!, c!, 24);
        add(a!, v[2 * b!]!, v[2 * b! + 1]!);
        add(a!, m[2 * y]!, m[2 * y + 1]!);
        turn(d!, a!, 16);
        add(c!, v[2 * d!]!, v[2 * d! + 1]!);
        turn(b!, c!, 63);
      });
    }
    for (let i = 0; i < 16; i += 1) h[i]! ^= v[i]! ^ v[i + 16]!;
  }
  return new Uint8Array(h.buffer);
}
