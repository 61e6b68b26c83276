/** Loaded when first asked for: it takes memory, and few servers ever fetch. */
const load = () => import('openpgp');

const isArmored = (bytes: Buffer): boolean => bytes.subarray(0, 5).toString('latin1') === '-----';

/**
 * Who signed these bytes: the fingerprint (capital hex) of the key that a detached OpenPGP signature over them was made with.
 * Throws, with words that follow a colon, for a signature by nobody in `keys`, or one that does not hold.
 * @param keys armored, one or more
 * @param fingerprint where it is known which key these have to be
 */
export const signerOf = async (
  signed: Buffer,
  signature: Buffer,
  keys: string,
  fingerprint: string | null,
): Promise<string> => {
  const openpgp = await load();
  const known = await openpgp.readKeys({ armoredKeys: keys });
  if (fingerprint !== null && known.some((key) => key.getFingerprint().toUpperCase() !== fingerprint))
    throw new Error('the key of its makers that came with Tidegate is not the one that it should be');
  const read = isArmored(signature)
    ? openpgp.readSignature({ armoredSignature: signature.toString('latin1') })
    : openpgp.readSignature({ binarySignature: new Uint8Array(signature) });
  const message = await openpgp.createMessage({ binary: new Uint8Array(signed) });
  const { signatures } = await openpgp.verify({
    message,
    signature: await read,
    verificationKeys: known,
    expectSigned: true,
    format: 'binary',
    // A key whose life was made longer says of itself only since then that it is valid, and HashiCorp's is published like that:
    // for releases of before it has to be valid now. Which key it is, is known by its fingerprint.
    config: { allowInsecureVerificationWithReformattedKeys: true },
  });
  for (const { keyID, verified } of signatures) {
    if (!(await verified.catch(() => false))) continue;
    const key = known.find((one) => one.getKeys(keyID).length > 0);
    if (key !== undefined) return key.getFingerprint().toUpperCase();
  }
  throw new Error('no signature of a known key holds');
};
