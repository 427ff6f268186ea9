/** The file holds no history, or not all of it, or cannot be written where it should be. Nothing was imported. */
export class HistoryFileError extends Error {
  override readonly name = 'HistoryFileError';
}

/** The stores are not such that the history can be imported into them. The message says what to do. */
export class ImportRefusedError extends Error {
  override readonly name = 'ImportRefusedError';
}
