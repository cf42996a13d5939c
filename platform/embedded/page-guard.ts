/** What `node --import` loads before a program that is not ours: keeps other web pages from reading its page. */
export const pageGuard = new URL('page-guard/main.js', import.meta.url).href;
