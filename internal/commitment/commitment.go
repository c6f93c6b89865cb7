// Package commitment says how promises stand: from dated evidence, from what
// jobs have said, from what was announced and when. It is pure: facts and the
// time are handed in. Availability itself is counted by package availability.
package commitment
