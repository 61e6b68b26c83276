/**
 * What is made of a list of things, made once for each list: hundreds of projects are under the same few rules. Things are the same
 * where they are one object, so it may be kept no longer than they are.
 */
export const ofSameParts = <Part extends object, Made>(
  make: (parts: readonly Part[]) => Made,
): ((parts: readonly Part[]) => Made) => {
  const numbers = new Map<Part, number>();
  const made = new Map<string, { readonly value: Made }>();
  const numberOf = (part: Part): number => {
    const number = numbers.get(part) ?? numbers.size;
    numbers.set(part, number);
    return number;
  };
  return (parts) => {
    const key = parts.map(numberOf).join();
    const known = made.get(key);
    if (known !== undefined) return known.value;
    const value = make(parts);
    made.set(key, { value });
    return value;
  };
};
