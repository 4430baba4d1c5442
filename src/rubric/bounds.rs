//! What keeps an expression of CEL from recursing deeply, before it is parsed.

/// How large an expression may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Longest text, in bytes.
    pub length: usize,
    /// Deepest nesting of brackets.
    pub brackets: usize,
    /// Most operators and brackets: what bounds the depth of the syntax tree.
    pub operators: usize,
}

/// Which bound an expression goes beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Beyond {
    /// Too long.
    #[error("{length} bytes, at most {most} are read")]
    Length {
        /// Of the text, in bytes.
        length: usize,
        /// The bound.
        most: usize,
    },
    /// Too deep.
    #[error("brackets nest deeper than {0}")]
    Brackets(usize),
    /// Too many operators.
    #[error("{operators} operators, at most {most} are read")]
    Operators {
        /// In the text.
        operators: usize,
        /// The bound.
        most: usize,
    },
}

impl Bounds {
    /// Refuses what could make a parser or an evaluator recurse deeply. Brackets
    /// in text count too; that errs on the safe side.
    ///
    /// # Errors
    /// When the text goes beyond one of the bounds.
    pub fn check(&self, text: &str) -> Result<(), Beyond> {
        if text.len() > self.length {
            return Err(Beyond::Length { length: text.len(), most: self.length });
        }
        let (mut depth, mut operators) = (0_usize, 0_usize);
        for character in text.chars() {
            match character {
                '(' | '[' | '{' => {
                    depth += 1;
                    operators += 1;
                }
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                '+' | '-' | '*' | '/' | '%' | '!' | '?' | '<' | '>' | '=' | '&' | '|' | '.' => {
                    operators += 1;
                }
                _ => {}
            }
            if depth > self.brackets {
                return Err(Beyond::Brackets(self.brackets));
            }
        }
        if operators > self.operators {
            return Err(Beyond::Operators { operators, most: self.operators });
        }
        Ok(())
    }
}
