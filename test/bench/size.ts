/** A number from the environment, for a smaller bench. */
export const sizeOf = (variable: string, usual: number): number => {
  const given = Number(process.env[variable] ?? usual);
  if (!Number.isSafeInteger(given) || given < 1) throw new Error(`${variable} is no number of anything`);
  return given;
};
