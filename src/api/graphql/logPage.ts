export const defaultLogLines = 100;
export const maxLogLines = 1000;
