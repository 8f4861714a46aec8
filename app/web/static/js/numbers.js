/* Numbers with a fraction: stored and sent with a point, shown with the decimal sign of the page's language, typed with either. */
export const number = (text) => text.trim().replace(",", ".");
export const written = (text) => (["ky", "ru"].includes(document.documentElement.lang) ? text.replace(".", ",") : text);
