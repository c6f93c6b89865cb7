package web

// consoleRoutes are the operators' pages.
func consoleRoutes() []route { return nil }
