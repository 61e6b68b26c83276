/** Beginnings of strings as a tree. Node 0 is the root, the empty beginning. */
export interface Trie {
  /** Where a character leads from a node; 0 where nothing goes on. */
  step(node: number, code: number): number;
  /** The longest other beginning that a node's text ends with. */
  readonly fail: Int32Array;
  /** The length of a node's text. */
  readonly depth: Uint8Array;
  /** The length of the longest whole string that a node's text ends with; 0 without one. */
  readonly ends: Uint8Array;
  /** 1 where something goes on from a node. */
  readonly inner: Uint8Array;
  /** The node of each string, or of its first `most` characters. */
  readonly leaves: readonly number[];
}

/** Of strings of which the first `most` characters count (255 at most); one that is longer ends nowhere. */
export const createTrie = (strings: readonly string[], most: number): Trie => {
  const room = 1 + strings.reduce((sum, string) => sum + Math.min(string.length, most), 0);
  // All edges in one table with open addressing: a map for each node would take many times the room.
  const bits = Math.max(4, Math.ceil(Math.log2(room * 2)));
  const shift = 32 - bits;
  const last = 2 ** bits - 1;
  const edgeNode = new Int32Array(last + 1);
  const edgeCode = new Uint16Array(last + 1);
  const edgeTo = new Int32Array(last + 1);
  const slotOf = (node: number, code: number): number => {
    let slot = Math.imul(Math.imul(node, 0x9e3779b1) ^ code, 0x85ebca6b) >>> shift;
    while (edgeTo[slot] !== 0 && (edgeNode[slot] !== node || edgeCode[slot] !== code))
      slot = (slot + 1) & last;
    return slot;
  };
  const step = (node: number, code: number): number => edgeTo[slotOf(node, code)] ?? 0;

  const depth = new Uint8Array(room);
  const ends = new Uint8Array(room);
  const inner = new Uint8Array(room);
  const fail = new Int32Array(room);
  const parent = new Int32Array(room);
  const codes = new Uint16Array(room);
  const byDepth: number[][] = Array.from({ length: most + 1 }, () => []);
  let nodes = 1;
  const leaves = strings.map((string) => {
    let node = 0;
    const length = Math.min(string.length, most);
    for (let at = 0; at < length; at += 1) {
      const code = string.charCodeAt(at);
      const slot = slotOf(node, code);
      if (edgeTo[slot] === 0) {
        edgeNode[slot] = node;
        edgeCode[slot] = code;
        edgeTo[slot] = nodes;
        inner[node] = 1;
        parent[nodes] = node;
        codes[nodes] = code;
        depth[nodes] = at + 1;
        byDepth[at + 1]?.push(nodes);
        nodes += 1;
      }
      node = edgeTo[slot] ?? 0;
    }
    if (string.length <= most) ends[node] = string.length;
    return node;
  });

  for (const level of byDepth.slice(2)) {
    for (const node of level) {
      const code = codes[node] ?? 0;
      let back = fail[parent[node] ?? 0] ?? 0;
      let next = step(back, code);
      while (next === 0 && back !== 0) {
        back = fail[back] ?? 0;
        next = step(back, code);
      }
      fail[node] = next;
      if (ends[node] === 0) ends[node] = ends[next] ?? 0;
    }
  }
  return { step, fail, depth, ends, inner, leaves };
};
