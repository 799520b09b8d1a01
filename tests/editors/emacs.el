;;; emacs.el --- flakewise in a real Emacs  -*- lexical-binding: t -*-

;; Called by emacs.sh: emacs --batch -l emacs.el CLIENT CONFIGURATION BIN FLAKE HOST LINE, where CLIENT is eglot or lsp-mode.
;; Requests are those that the commands of the client make; nobody sees a screen.

;; As when Emacs starts without --batch.
(package-activate-all)
(require 'cl-lib)
(require 'xref)
(require 'flymake)

(pcase-let ((`(,client ,configuration ,bin ,flake ,host ,line) command-line-args-left))
  (setq command-line-args-left nil)
  (defconst client client)
  (defconst configuration configuration)
  (defconst flake (file-name-as-directory flake))
  (defconst host (expand-file-name host flake))
  (defconst planted (string-to-number line))
  (push bin exec-path)
  (setenv "PATH" (concat bin ":" (getenv "PATH"))))

;; Debian has no package of nix-mode; what a client needs of it is its name.
(define-derived-mode nix-mode prog-mode "Nix" (setq-local comment-start "# "))
(add-to-list 'auto-mode-alist '("\\.nix\\'" . nix-mode))

(defun fail (format &rest arguments)
  (princ (concat client ": FAILED: " (apply #'format format arguments) "\n") #'external-debugging-output)
  (kill-emacs 1))

(defun wait-for (what probe)
  "Wait until PROBE gives something, and return that."
  (let ((deadline (+ (float-time) 30)) answer)
    (while (not (setq answer (funcall probe)))
      (when (> (float-time) deadline) (fail "not seen in time: %s" what))
      (accept-process-output nil 0.05))
    answer))

(defun passed (what) (princ (format "ok   emacs, %s: %s\n" client what)))

(setq make-backup-files nil auto-save-default nil create-lockfiles nil vc-follow-symlinks t enable-local-variables nil)
(load configuration nil t)
(if (equal client "eglot")
    (progn
      (require 'eglot)
      (setq eglot-sync-connect 30 eglot-autoshutdown nil eglot-confirm-server-edits nil eglot-send-changes-idle-time 0))
  (setq lsp-auto-guess-root t lsp-restart 'ignore lsp-enable-file-watchers nil lsp-idle-delay 0 lsp-log-io nil
        lsp-session-file (make-temp-name (expand-file-name "session" (file-name-directory (directory-file-name flake))))
        lsp-diagnostics-provider :none lsp-enable-snippet nil lsp-modeline-diagnostics-enable nil))

(find-file host)
(unless (derived-mode-p 'nix-mode) (fail "the file is in %s" major-mode))
(if (equal client "eglot")
    ;; What eglot-ensure does once a command ends, of which there are none here.
    (apply #'eglot--connect (eglot--guess-contact))
  (lsp-workspace-folders-add flake)
  (lsp))

(defun lines-with (code)
  "The lines of this buffer, from 1, that have a diagnostic of CODE."
  (if (equal client "eglot")
      (cl-loop for found in (flymake-diagnostics)
               when (string-match-p (regexp-quote code) (flymake-diagnostic-text found))
               collect (line-number-at-pos (flymake-diagnostic-beg found)))
    (cl-loop for found in (append (gethash (lsp--fix-path-casing buffer-file-name) (lsp-diagnostics t)) nil)
             when (equal (lsp-get found :code) code)
             collect (1+ (lsp-get (lsp-get (lsp-get found :range) :start) :line)))))

(defun refresh ()
  "What Emacs does when nobody types."
  (when (equal client "eglot")
    (eglot--signal-textDocument/didChange)
    (flymake-start nil t)))

;; The diagnostic of the planted option.
(wait-for "undeclared-option on its line" (lambda () (refresh) (memq planted (lines-with "undeclared-option"))))
(passed "diagnostic: undeclared-option")

;; Appears while typing, and vanishes.
(goto-char (point-min))
(search-forward "environment = \"gnome\"")
(beginning-of-line)
(let ((line (line-number-at-pos)))
  (insert "displayManger = \"gdm\";\n")
  (wait-for "a diagnostic of what was typed" (lambda () (refresh) (memq line (lines-with "undeclared-option"))))
  (passed "diagnostic appears while typing")
  (forward-line -1)
  (search-forward "Man")
  (insert "a")
  (wait-for "no diagnostic of what is right now" (lambda () (refresh) (not (memq line (lines-with "undeclared-option")))))
  (passed "diagnostic vanishes while typing")
  (beginning-of-line)
  (delete-region (point) (line-beginning-position 2)))

;; Completion, by the function that TAB calls.
(goto-char (point-min))
(forward-line (1- planted))
(insert "  custom.\n")
(backward-char)
(refresh)
(let* ((found (if (equal client "eglot") (eglot-completion-at-point) (lsp-completion-at-point)))
       (offered (all-completions "" (nth 2 found))))
  (unless (cl-some (lambda (it) (string-match-p "\\`\\(custom\\.\\)?backup" it)) offered)
    (fail "completion lacks backup: %S" offered))
  (passed (format "completion: %d, %s …" (length offered) (string-trim (substring-no-properties (car offered))))))
(delete-region (line-beginning-position) (line-beginning-position 2))
(refresh)

;; From an option that is set to its declaration.
(goto-char (point-min))
(search-forward "environment = \"gnome\"")
(goto-char (+ (match-beginning 0) 1))
(let* ((found (xref-backend-definitions (xref-find-backend) (xref-backend-identifier-at-point (xref-find-backend))))
       (location (xref-item-location (or (car found) (fail "no definition"))))
       (file (xref-location-group location)))
  (unless (string-suffix-p "nixos/modules/desktop.nix" file) (fail "the definition is in %s" file))
  (with-current-buffer (marker-buffer (xref-location-marker location))
    (goto-char (xref-location-marker location))
    (unless (string-match-p "environment = lib.mkOption" (thing-at-point 'line t)) (fail "the definition is at %s" (thing-at-point 'line t)))
    (passed (format "definition: nixos/modules/desktop.nix:%d" (line-number-at-pos)))))

;; Another name in both files.
(if (equal client "eglot") (eglot-rename "surface") (lsp-rename "surface"))
(goto-char (point-min))
(unless (search-forward "surface = \"gnome\"" nil t) (fail "the host has the old name"))
(with-current-buffer (find-file-noselect (expand-file-name "nixos/modules/desktop.nix" flake))
  (goto-char (point-min))
  (unless (search-forward "surface = lib.mkOption" nil t) (fail "the module has the old name")))
(passed "rename: changes the host and the module")
(kill-emacs 0)
;;; emacs.el ends here
