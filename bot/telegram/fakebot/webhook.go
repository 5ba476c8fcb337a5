package fakebot

// A webhook can be set, which ends polling as at Telegram, but nothing is delivered to it.

func (s *Server) setWebhook(req request) (any, *apiError) {
	s.queue.setAllowed(req.text("allowed_updates"))
	if req.flag("drop_pending_updates") {
		s.queue.waiting = nil
	}
	s.webhook = req.text("url")
	if s.webhook != "" {
		s.endPoll(conflictSet)
	}
	return true, nil
}

func (s *Server) deleteWebhook(req request) (any, *apiError) {
	if req.flag("drop_pending_updates") {
		s.queue.waiting = nil
	}
	s.webhook = ""
	return true, nil
}

func (s *Server) getWebhookInfo(request) (any, *apiError) {
	s.expire()
	return object{
		"url": s.webhook, "has_custom_certificate": false, "pending_update_count": len(s.queue.waiting),
	}, nil
}
