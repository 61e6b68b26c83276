// @ts-check

const form = /^\d{4}-\d{2}-\d{2}$/;
const dayMs = 24 * 60 * 60 * 1000;

/** @param {Date} date @returns {string} the day in UTC, YYYY-MM-DD */
export const dayOf = (date) => date.toISOString().slice(0, 10);

/** @param {string} text */
export const isDay = (text) => {
  const time = form.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 2026-02-30 is read as a day of March by some.
  return !Number.isNaN(time) && dayOf(new Date(time)) === text;
};

/** @param {string} day @param {number} days @returns {string} */
export const daysAfter = (day, days) => dayOf(new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs));
