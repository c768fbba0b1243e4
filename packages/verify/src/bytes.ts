const encoder = new TextEncoder();

export function fromText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Null for another text than these bytes have in base64: there is one text for each signature. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text);
    if (btoa(binary) !== text) return null;
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Null for another text than `length` bytes in lower-case hex. */
export function fromHex(text: string, length: number): Uint8Array<ArrayBuffer> | null {
  if (text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) return null;
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(text.slice(index * 2, index * 2 + 2), 16));
}

export function concat(head: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = fromText(head);
  const whole = new Uint8Array(start.length + body.length);
  whole.set(start);
  whole.set(body, start.length);
  return whole;
}
