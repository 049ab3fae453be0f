package linkerd

// enrolment reads what decides about enrolment beside the pods themselves, once the settings are known.
func (c *compiler) enrolment(l *Layer) {
	l.machines = c.machines(l.settings)
	l.cni = c.cniRedirection()
	l.webhook = c.injectorHook(l.settings)
	l.accounts = c.accounts(l.settings)
	l.oldKubelets = c.oldKubelets()
	l.anchors = c.anchorDigests(l.settings)
	l.inherits = inheritedFor(l.settings.release)
}
