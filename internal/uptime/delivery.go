package uptime

import "time"

// Delivery is one attempt to hand on a notice.
type Delivery struct {
	Notice  Notice
	Attempt int // counts from 1; only the newest attempt settles the notice
}

// Backlog counts the notices that were not handed on.
type Backlog struct {
	Waiting int       // owed, or being sent
	Dead    int       // given up after the last attempt, for a person to look at
	Oldest  time.Time // when the oldest that waits became owed; zero: none waits
}
