// Package register keeps what follows from promises: dated evidence, entries of
// non-compliance with their owners and due dates, and alerts that begin and end.
// It is told how the promises stand and works out none of that itself.
package register
