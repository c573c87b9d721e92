package journal

// LastTrusted is the newest launch whose state may be restored from; nil if there is none.
func (e *Entry) LastTrusted() *LaunchRef {
	if len(e.Trusted) == 0 {
		return nil
	}
	return &e.Trusted[len(e.Trusted)-1]
}

// TrustsLaunch reports whether that is the launch that may run.
func (e *Entry) TrustsLaunch() bool {
	last := e.LastTrusted()
	return last != nil && e.Launch != nil && last.Number == e.Launch.Number
}
