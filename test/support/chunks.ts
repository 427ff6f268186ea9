/** `bytes` in pieces of the sizes that `sizesBytes` tells, over and over. */
export function cutAt(bytes: Buffer, sizesBytes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + Math.max(1, sizesBytes[chunks.length % sizesBytes.length] ?? bytes.length);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}
