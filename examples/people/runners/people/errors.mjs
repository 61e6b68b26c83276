// @ts-check

/** What a person can put right: said as it is. Anything else is a fault of the tool or of a system. */
export class Wrong extends Error {}

/** A system is not there right now; trying again later may help. */
export class TryAgain extends Error {}
