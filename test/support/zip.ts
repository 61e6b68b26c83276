import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of an archive, as somebody may have made it who means harm. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
  /** Unix mode; default: a plain file, 0755. */
  readonly mode?: number;
  /** What the archive says of the unpacked size, where that is not so. */
  readonly saysSize?: number;
}

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, as much of it as a release needs. */
export const zip = (entries: readonly ZipEntry[]): Buffer => {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o100755, saysSize = content.length } of entries) {
    const packed = deflateRawSync(content);
    const fileName = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(saysSize, 18);
    facts.writeUInt16LE(fileName.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), facts, fileName, packed);
    const head = Buffer.alloc(6);
    head.write('PK\x01\x02', 'latin1');
    head.writeUInt16LE(0x0314, 4);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(head, facts, tail, fileName);
    offset += 4 + facts.length + fileName.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
};
