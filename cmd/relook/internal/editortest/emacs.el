;; What a person does in Emacs: opens a page, waits for what is broken, repairs it
;; with a code action, and saves. RELOOK_PAGE is the page. The recipe was loaded.
(defun eventually (what holds)
  "Wait until HOLDS answers, and give its answer; say that WHAT never was."
  (let ((end (+ (float-time) 60)) answer)
    (while (not (setq answer (funcall holds)))
      (when (> (float-time) end)
        (message "never: %s" what)
        (with-current-buffer "*Messages*" (message "%s" (buffer-string)))
        (kill-emacs 1))
      (accept-process-output nil 0.05))
    answer))

(find-file (getenv "RELOOK_PAGE"))
(eglot-ensure)
(run-hooks 'post-command-hook)          ; eglot starts after the command that opened the file
(eventually "the server" #'eglot-managed-p)
(let ((d (car (eventually "a diagnostic" (lambda () (flymake-start) (flymake-diagnostics))))))
  (message "marked: %s" (buffer-substring (flymake-diagnostic-beg d) (flymake-diagnostic-end d)))
  (message "told: %s" (flymake-diagnostic-text d))
  (goto-char (flymake-diagnostic-beg d)))
(defun repair ()
  (seq-find (lambda (a) (string-prefix-p "Repair: " (plist-get a :title)))
            (eglot-code-actions (point) (point) "quickfix")))
(let ((action (eventually "a repair" #'repair)))
  (message "chosen: %s" (plist-get action :title))
  (eglot-execute (eglot-current-server) action))
(eventually "the repair is in the text"
            (lambda () (save-excursion (goto-char (point-min)) (search-forward "max-width: 900px" nil t))))
(eglot--signal-textDocument/didChange) ; eglot does it when Emacs is idle, which in a batch it never is
(eventually "the defect is gone" (lambda () (flymake-start) (null (flymake-diagnostics))))
(save-buffer)
(eglot-shutdown (eglot-current-server))
