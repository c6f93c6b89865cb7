package console

// SignInView is the page where people sign in.
type SignInView struct {
	Name     string // as it was typed
	Next     string // where they wanted to go, a path; empty: the console
	Problem  string // why it did not work; empty: nothing was tried
	Ended    bool   // they have just signed out
	Fresh    bool   // the first administrator is waited for
	Insecure bool   // the browser will not keep the cookie: no TLS, and not this machine
}

// SignIn is the page where people sign in.
func SignIn(v SignInView) Page { return render(signIn(v)) }

// SetUpView is the page where the first administrator begins.
type SetUpView struct {
	Name     string // as it was typed
	Problem  string // why it did not work; empty: nothing was tried
	Insecure bool   // as in SignInView
	Over     bool   // the time for it is over: nothing can be sent any more
}

// SetUp is the page where the first administrator begins.
func SetUp(v SetUpView) Page { return render(setUp(v)) }

// ProblemView is an answer that is not what was asked for.
type ProblemView struct {
	Frame
	Detail  string
	Request string // id of the request, for the log; empty: it is no fault of ours
}

// Problem is the page for an error.
func Problem(v ProblemView) Page { return render(problem(v)) }
