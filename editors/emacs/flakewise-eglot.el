;;; flakewise-eglot.el --- flakewise in Eglot  -*- lexical-binding: t -*-

;; Eglot is part of Emacs; nix-mode or nix-ts-mode is a package.

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((nix-mode nix-ts-mode) . ("flakewise" "--stdio"))))

(add-hook 'nix-mode-hook #'eglot-ensure)
(add-hook 'nix-ts-mode-hook #'eglot-ensure)

;; The root of the server is the folder with flake.nix: that of a project is where git has it, which may lie above.
(defun flakewise-project (folder)
  "The flake at or above FOLDER, as a project."
  (when-let* ((root (locate-dominating-file folder "flake.nix")))
    (cons 'transient root)))

(add-hook 'project-find-functions #'flakewise-project)

;; Settings, where wanted:
;; (setq-default eglot-workspace-configuration
;;               '(:flakewise (:rules (:unused-input "off") :exclude ["templates/**"])))

(provide 'flakewise-eglot)
;;; flakewise-eglot.el ends here
