/** The name under which the text of a file with all its mutants asks whether one of them is on. */
export const switchName = 'isTidegateMutant';
