//! Rows of comma-separated values (RFC 4180), as consoles and query services write them.

use std::io::{self, BufRead, BufReader, Bytes};

use crate::{
    model::{activity::Defect, location::TextStart},
    source::stream::Stream,
};

/// The names of the columns of a table that a text begins with.
pub(super) fn header(text: &str) -> Vec<String> {
    let line = text.lines().next().unwrap_or_default();
    let mut rows = Reader::new(line.as_bytes(), TextStart::from(1));
    match rows.next_row() {
        Ok(Some(Row { cells: Ok(cells), .. })) => cells,
        _ => Vec::new(),
    }
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it begins.
    pub(super) start: TextStart,
    /// Its cells, or why they cannot be read.
    pub(super) cells: Result<Vec<String>, Defect>,
}

/// The rows of a file.
pub(super) type Rows = Reader<BufReader<Stream>>;

/// Reads rows.
#[derive(Debug)]
pub(super) struct Reader<R> {
    bytes: Bytes<R>,
    /// Where the next byte stands.
    line: u64,
    byte: u64,
}

/// What ended a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Cell,
    Row,
    File,
}

impl<R: BufRead> Reader<R> {
    /// Of what begins at `start` of a file.
    pub(super) fn new(reader: R, start: TextStart) -> Self {
        let TextStart { line, byte } = start;
        Self { bytes: reader.bytes(), line, byte: byte.unwrap_or_default() }
    }

    fn place(&self) -> TextStart {
        TextStart { line: self.line, byte: Some(self.byte) }
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.bytes.next().transpose()?;
        self.byte += u64::from(byte.is_some());
        self.line += u64::from(byte == Some(b'\n'));
        Ok(byte)
    }

    /// The next row that is not blank; none at the end.
    ///
    /// # Errors
    /// The file cannot be read further.
    pub(super) fn next_row(&mut self) -> io::Result<Option<Row>> {
        let mut start = self.place();
        let mut cells = Vec::new();
        let mut defect = None;
        loop {
            let mut cell = Vec::new();
            let (ended, whole) = self.cell(&mut cell)?;
            if !whole {
                defect = Some(Defect::CutOff);
            }
            match String::from_utf8(cell) {
                Ok(cell) => cells.push(cell),
                Err(_) => defect = defect.or(Some(Defect::NotUtf8)),
            }
            let blank = defect.is_none() && matches!(cells.as_slice(), [only] if only.is_empty());
            match ended {
                Ended::Cell => {}
                Ended::File if blank => return Ok(None),
                Ended::Row if blank => {
                    cells.clear();
                    start = self.place();
                }
                Ended::Row | Ended::File => {
                    return Ok(Some(Row { start, cells: defect.map_or(Ok(cells), Err) }));
                }
            }
        }
    }

    /// Reads one cell; what ended it, and whether its quotes were closed.
    fn cell(&mut self, cell: &mut Vec<u8>) -> io::Result<(Ended, bool)> {
        let mut quoted = false;
        let mut begun = false;
        loop {
            let Some(byte) = self.next_byte()? else {
                return Ok((Ended::File, !quoted));
            };
            match byte {
                b'"' if !begun => quoted = true,
                // The end of the quotes, or a quote that the next one makes a letter.
                b'"' if quoted => {
                    quoted = false;
                    match self.next_byte()? {
                        Some(b'"') => {
                            quoted = true;
                            cell.push(b'"');
                        }
                        Some(b',') => return Ok((Ended::Cell, true)),
                        Some(b'\n') => return Ok((Ended::Row, true)),
                        Some(b'\r') => {}
                        Some(other) => cell.push(other),
                        None => return Ok((Ended::File, true)),
                    }
                }
                b',' if !quoted => return Ok((Ended::Cell, true)),
                b'\n' if !quoted => {
                    if cell.last() == Some(&b'\r') {
                        cell.pop();
                    }
                    return Ok((Ended::Row, true));
                }
                other => cell.push(other),
            }
            begun = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Result<Vec<String>, Defect>)> {
        let mut reader = Reader::new(text.as_bytes(), TextStart::from(1));
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push((row.start.line, row.cells));
        }
        rows
    }

    fn cells(cells: &[&str]) -> Result<Vec<String>, Defect> {
        Ok(cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn quotes_hold_commas_quotes_and_lines() {
        assert_eq!(
            rows("a,b\r\n\r\n\"1,\"\"2\"\"\",\"x\ny\"\r\n3,\n"),
            [(1, cells(&["a", "b"])), (3, cells(&["1,\"2\"", "x\ny"])), (5, cells(&["3", ""])),]
        );
    }

    #[test]
    fn a_row_that_the_file_ends_in_counts_and_an_open_quote_is_cut_off() {
        assert_eq!(rows("a,b\n1,2"), [(1, cells(&["a", "b"])), (2, cells(&["1", "2"]))]);
        assert_eq!(rows("a\n\"1,2\n3"), [(1, cells(&["a"])), (2, Err(Defect::CutOff))]);
        assert_eq!(rows(""), []);
    }
}
