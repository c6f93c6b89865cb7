// Package arch keeps the shape of the program: which floor a package stands on
// and what it may import, which package is the door to a dependency, and what
// the code of a floor never does. It holds no code but tests and their tables.
package arch
